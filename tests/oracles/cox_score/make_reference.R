# Score statistics of coxph (package survival) on one column at a time, with and without ties.
# Writes rows.csv and statistics.csv beside itself: Rscript make_reference.R
library(survival)
set.seed(11)
n <- 60
first <- round(rnorm(n), 3)
rows <- data.frame(
  first = first,
  second = round(rexp(n), 3),
  flag = rbinom(n, 1, 0.4),
  time = round(rexp(n, 0.002 * exp(0.6 * first)), 2) + 1,
  event = rbinom(n, 1, 0.6)
)
rows$month <- ceiling(rows$time / 90)
score <- function(name, time, ties) {
  formula <- as.formula(paste("Surv(", time, ", event) ~", name))
  fit <- coxph(formula, rows, ties = ties)
  unname(fit$score)
}
names <- c("first", "second", "flag")
statistics <- data.frame(
  name = names,
  untied = sapply(names, score, time = "time", ties = "efron"),
  tied = sapply(names, score, time = "month", ties = "efron")
)
write.csv(rows, "rows.csv", row.names = FALSE)
write.csv(statistics, "statistics.csv", row.names = FALSE)
