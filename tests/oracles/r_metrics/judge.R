# Write reference.json: what R computes from cases.csv.
#
#     Rscript judge.R
#
# Packages, as Debian 12 has them: survival, pROC, riskRegression, rms, Hmisc, pec, jsonlite. They
# only judge and are no part of tumorcast.
suppressPackageStartupMessages({
  library(survival); library(pROC); library(prodlim); library(riskRegression); library(rms)
})

cases <- read.csv("cases.csv")
horizon <- 500
late <- c(300, 500, 700)

# The state at the whole follow-up: had the event or not.
judge_binary <- function(d) {
  y <- as.integer(d$event == 1)
  a <- roc(y, d$risk, direction = "<", quiet = TRUE)
  b <- roc(y, d$reference, direction = "<", quiet = TRUE)
  ci <- ci.auc(a, method = "delong")
  test <- roc.test(a, b, method = "delong", paired = TRUE)
  eta <- qlogis(d$probability)
  large <- glm(y ~ offset(eta), family = binomial, control = list(epsilon = 1e-14))
  slope <- glm(y ~ eta, family = binomial, control = list(epsilon = 1e-14))
  smooth <- lowess(d$probability, y, iter = 0)
  at <- approx(smooth, xout = d$probability, ties = function(x) x[1])$y
  distance <- abs(d$probability - at)
  val <- suppressWarnings(val.prob(d$probability, y, pl = FALSE))
  threshold <- 0.35
  called <- d$probability >= threshold
  tp <- sum(called & y == 1); fp <- sum(called & y == 0)
  tn <- sum(!called & y == 0); fn <- sum(!called & y == 1)
  list(
    auroc = as.numeric(a$auc), auroc_reference = as.numeric(b$auc),
    auroc_variance = var(a), covariance = cov(a, b),
    delong_low = ci[1], delong_high = ci[3],
    delong_p = test$p.value, delong_difference = as.numeric(a$auc - b$auc),
    difference_low = test$conf.int[1], difference_high = test$conf.int[2],
    calibration_intercept = unname(coef(large)[1]),
    calibration_slope = unname(coef(slope)[2]),
    ici = mean(distance), e50 = median(distance), e90 = unname(quantile(distance, 0.9)),
    val_prob_eavg = unname(val["Eavg"]), val_prob_e90 = unname(val["E90"]),
    val_prob_brier = unname(val["Brier"]), val_prob_c = unname(val["C (ROC)"]),
    lowess_x = smooth$x, lowess_y = smooth$y,
    brier = mean((d$probability - y)^2),
    scaled_brier = 1 - mean((d$probability - y)^2) / (mean(y) * (1 - mean(y))),
    threshold = threshold,
    accuracy = (tp + tn) / length(y), sensitivity = tp / (tp + fn), specificity = tn / (tn + fp),
    balanced_accuracy = (tp / (tp + fn) + tn / (tn + fp)) / 2,
    ppv = tp / (tp + fp), npv = tn / (tn + fn), f1 = 2 * tp / (2 * tp + fp + fn),
    mcc = cor(called, y),
    net_benefit = tp / length(y) - fp / length(y) * threshold / (1 - threshold),
    youden = coords(roc(y, d$probability, direction = "<", quiet = TRUE), "best",
                    best.method = "youden", transpose = FALSE)$threshold
  )
}

# Time to event; other kinds of events, if any, compete.
judge_times <- function(d, competes) {
  formula <- if (competes) Hist(time_days, event) ~ 1 else Surv(time_days, event) ~ 1
  score <- Score(
    list(a = as.matrix(sapply(late, function(t) d$probability)),
         b = as.matrix(sapply(late, function(t) d$other))),
    formula = formula, data = d, times = late, cause = 1, cens.model = "km",
    metrics = c("auc", "brier"), summary = "ipa", conf.int = FALSE, null.model = TRUE
  )
  auc <- as.data.frame(score$AUC$score)
  brier <- as.data.frame(score$Brier$score)
  of <- function(table, model, column) table[[column]][table$model == model]
  states <- survfit(Surv(time_days, factor(event, 0:max(event))) ~ 1, data = d)
  list(
    times = late,
    auc = of(auc, "a", "AUC"), auc_other = of(auc, "b", "AUC"),
    brier = of(brier, "a", "Brier"), brier_null = of(brier, "Null model", "Brier"),
    ipa = of(brier, "a", "IPA"),
    integrated_brier = sum(diff(late) * (head(of(brier, "a", "Brier"), -1) +
                                         tail(of(brier, "a", "Brier"), -1)) / 2) / diff(range(late)),
    incidence = summary(states, times = late)$pstate[, 2],
    observed_expected = summary(states, times = horizon)$pstate[, 2] / mean(d$probability)
  )
}

judge_concordance <- function(d) {
  s <- Surv(d$time_days, d$event == 1)
  # Uno's C takes events before the horizon, ymax those up to it.
  list(
    harrell = concordance(s ~ d$risk, reverse = TRUE)$concordance,
    uno = concordance(s ~ d$risk, reverse = TRUE, timewt = "n/G2")$concordance,
    uno_horizon = concordance(s ~ d$risk, reverse = TRUE, timewt = "n/G2",
                              ymax = horizon - 0.01)$concordance
  )
}

judge_curves <- function(d) {
  k <- survfit(Surv(time_days, event == 1) ~ 1, data = d, conf.type = "log-log")
  list(time = k$time, survival = k$surv, low = k$lower, high = k$upper)
}

judge_incidence <- function(d) {
  f <- survfit(Surv(time_days, factor(event, 0:2)) ~ 1, data = d)
  groups <- lapply(split(d, d$probability > median(d$probability)), function(g) {
    s <- summary(survfit(Surv(time_days, factor(event, 0:2)) ~ 1, data = g), times = horizon)
    list(predicted = mean(g$probability), observed = s$pstate[, 2], n = nrow(g))
  })
  list(time = f$time, incidence = f$pstate[, 2], groups = unname(groups))
}

# The concordance of a risk with competing events, weighted for the censoring. Where an event and a
# censoring share a day pec takes one of the two weights just after it, so such days are left out.
judge_wolbers <- function(d) {
  library(pec)
  d <- d[!duplicated(d$time_days), ]
  found <- suppressWarnings(cindex(
    list(a = matrix(d$probability, ncol = 1)), formula = Hist(time_days, event) ~ 1, data = d,
    eval.times = horizon, cause = 1, cens.model = "marginal", verbose = FALSE
  ))
  list(wolbers = found$AppCindex$a)
}

# Nadeau and Bengio 2003, from the formula.
resampled_t <- function(x, share) {
  j <- length(x)
  t <- mean(x) / sqrt((1 / j + share) * var(x))
  half <- qt(0.975, j - 1) * sqrt((1 / j + share) * var(x))
  list(differences = x, test_share = share, difference = mean(x),
       low = mean(x) - half, high = mean(x) + half, p = 2 * pt(-abs(t), j - 1))
}

survival_cases <- subset(cases, cohort == "survival")
tied <- subset(cases, cohort == "tied")
competing <- subset(cases, cohort == "competing")
p <- c(0.01, 0.04, 0.03, 0.005, NA, 0.2)
versions <- sapply(c("survival", "pROC", "riskRegression", "rms", "Hmisc", "pec"),
                   function(name) as.character(packageVersion(name)))
reference <- list(
  made_with = c(list(R = R.version.string), as.list(versions)),
  horizon_days = horizon,
  binary = list(survival = judge_binary(survival_cases), tied = judge_binary(tied)),
  times = list(survival = judge_times(survival_cases, FALSE), tied = judge_times(tied, FALSE),
               competing = judge_times(competing, TRUE)),
  concordance = list(survival = judge_concordance(survival_cases), tied = judge_concordance(tied)),
  curves = list(survival = judge_curves(survival_cases), tied = judge_curves(tied)),
  incidence = judge_incidence(competing),
  wolbers = judge_wolbers(competing),
  resampled_t = resampled_t(c(0.05, -0.02, 0.08, 0.03, 0.01, 0.06, 0.02, -0.01, 0.04, 0.07), 0.25),
  holm = list(p = p, adjusted = p.adjust(p, "holm"))
)
jsonlite::write_json(reference, "reference.json", auto_unbox = TRUE, digits = NA, pretty = FALSE,
                     na = "null")
