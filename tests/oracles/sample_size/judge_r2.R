# Cox and Snell's R2 of a C statistic, as the R package pmsampsize (tested with 1.1.3) simulates it;
# every seed gives another value, so several are averaged.
#
# Usage: Rscript judge_r2.R > r2_of_c.csv
asked <- data.frame(
  cstatistic = c(0.6, 0.7, 0.8, 0.89, 0.75), prevalence = c(0.3, 0.174, 0.5, 0.174, 0.05)
)
seeds <- 1:8
found <- mapply(function(c, p) {
  r2 <- sapply(seeds, function(seed) pmsampsize:::cstat2rsq(c, p, seed)$R2.coxsnell)
  c(mean(r2), sd(r2) / sqrt(length(r2)))
}, asked$cstatistic, asked$prevalence)
told <- cbind(asked, r2 = found[1, ], standard_error = found[2, ])
write.csv(told, stdout(), row.names = FALSE)
