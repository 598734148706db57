# Minimum sample sizes by the R package pmsampsize (tested with 1.1.3).
#
# Usage: Rscript judge.R > reference.csv
library(pmsampsize)

rows <- list()
add <- function(kind, ...) {
  asked <- list(...)
  told <- do.call(pmsampsize, c(list(type = kind), asked))
  value <- function(name) if (is.null(asked[[name]])) NA else asked[[name]]
  sizes <- told$results_table[, 1]
  rows[[length(rows) + 1]] <<- data.frame(
    type = kind, parameters = asked$parameters, csrsquared = value("csrsquared"),
    cstatistic = value("cstatistic"), prevalence = value("prevalence"), rate = value("rate"),
    timepoint = value("timepoint"), meanfup = value("meanfup"),
    shrinkage = sizes[[1]], optimism = sizes[[2]], overall_risk = sizes[[3]], n = sizes[[4]],
    r2 = if (kind == "b") told$rsquared else told$r2a, max_r2 = told$max_r2a
  )
}
for (prevalence in c(0.05, 0.174, 0.3, 0.6)) {
  for (parameters in c(4, 24, 120)) {
    if (prevalence > 0.1) add("b", csrsquared = 0.288, parameters = parameters, prevalence = prevalence)
    add("b", csrsquared = 0.1, parameters = parameters, prevalence = prevalence)
  }
}
for (prevalence in c(0.05, 0.174, 0.3, 0.6)) {
  for (cstatistic in c(0.6, 0.7, 0.8, 0.89)) {
    add("b", cstatistic = cstatistic, parameters = 20, prevalence = prevalence)
  }
}
add("s", csrsquared = 0.051, parameters = 30, rate = 0.065, timepoint = 2, meanfup = 2.07)
add("s", csrsquared = 0.051, parameters = 25, rate = 0.065, timepoint = 4, meanfup = 2.07)
add("s", csrsquared = 0.06, parameters = 40, rate = 0.08, timepoint = 3, meanfup = 5)
add("s", csrsquared = 0.3, parameters = 80, rate = 0.03, timepoint = 1, meanfup = 5)
add("s", csrsquared = 0.2, parameters = 12, rate = 0.25, timepoint = 2, meanfup = 1.5)
write.csv(do.call(rbind, rows), stdout(), row.names = FALSE, na = "")
