# Trends with autocorrelated errors, gaps, irregular times and ties in time; Pettitt. Needs nlme only; the rest is base R.
source("r/common.R"); lib("nlme")
set.seed(13)
nile <- read_d("trend_nile.csv"); gaps <- nile[sort(sample(100, 70)), ]
irregular <- within(nile[seq(1, 100, 2), ], year <- year + round(runif(50, -.4, .4), 3))
repeated <- data.frame(year = rep(2001:2015, each = 3), y = round(rnorm(45) + rep(1:15, each = 3) * .1, 1))
save_csv(gaps, "trend_gaps.csv"); save_csv(irregular, "trend_irregular.csv"); save_csv(repeated, "trend_repeated.csv")
gls_fit <- function(d, method, cor) { f <- gls(y ~ year, d, correlation = cor, method = method, control = glsControl(opt = "nlminb", tolerance = 1e-12, msTol = 1e-14)); s <- summary(f)$tTable
  list(slope = s[2, 1], se = s[2, 2], p = s[2, 4], rho = unname(coef(f$modelStruct$corStruct, unconstrained = FALSE)), sigma = f$sigma, logLik = as.numeric(logLik(f))) }
newey_west <- function(d, lags) { x <- cbind(1, d$year - mean(d$year)); f <- lm.fit(x, d$y); v <- x[, 2] * f$residuals; n <- length(v); s <- sum(x[, 2]^2)
  m <- floor(4 * (n / 100)^(2 / 9)); g <- function(j) sum(v[1:(n - j)] * v[(j + 1):n]) / n; sig <- sapply(0:m, g)
  bw <- 1.1447 * (((2 * sum(1:m * sig[-1])) / (sig[1] + 2 * sum(sig[-1])))^2 * n)^(1 / 3)
  r <- sum(v[-1] * v[-n]) / sum(v[-n]^2); an <- 1.1447 * (4 * r^2 / ((1 - r)^2 * (1 + r)^2) * n)^(1 / 3)
  se <- function(L) { w <- 1 - seq_len(L) / (L + 1); sqrt(n / (n - 2) * n * (g(0) + 2 * sum(w * sapply(seq_len(L), g)))) / s }
  list(rule = list(lags = m, se = se(m)), newey_west = list(lags = floor(bw), se = se(floor(bw))), andrews = list(lags = floor(an), se = se(floor(an)))) }
orcutt <- function(d) { n <- nrow(d); rho <- 0; e <- resid(lm(y ~ year, d)); for (i in 1:500) { new <- sum(e[-1] * e[-n]) / sum(e[-n]^2); if (abs(new - rho) < 1e-13) break; rho <- new
  z <- data.frame(y = d$y[-1] - rho * d$y[-n], c = 1 - rho, year = d$year[-1] - rho * d$year[-n]); f <- lm(y ~ 0 + c + year, z); e <- d$y - coef(f)[1] - coef(f)[2] * d$year }
  s <- summary(f)$coefficients; list(slope = s[2, 1], se = s[2, 2], p = s[2, 4], intercept = s[1, 1], rho = rho) }
santer <- function(d) { f <- lm(y ~ year, d); e <- resid(f); n <- nrow(d); r <- acf(e, 1, plot = FALSE)$acf[2]; ne <- n * (1 - r) / (1 + r); se <- sqrt(sum(e^2) / (ne - 2) / sum((d$year - mean(d$year))^2))
  list(r1 = r, n_effective = ne, se = se, p = 2 * pt(-abs(coef(f)[[2]] / se), ne - 2)) }
pettitt <- function(d) { n <- nrow(d); r <- rank(d$y); u <- 2 * cumsum(r) - (1:n) * (n + 1); k <- max(abs(u[-n])); list(K = k, p = min(1, 2 * exp(-6 * k^2 / (n^3 + n^2))), after = d$year[which.max(abs(u[-n]))]) }
out <- list(); for (f in c("nile", "lakehuron", "sim31")) { d <- read_d(paste0("trend_", f, ".csv"))
  out[[f]] <- list(reml = gls_fit(d, "REML", corAR1(form = ~ year)), ml = gls_fit(d, "ML", corAR1(form = ~ year)), hac = newey_west(d), cochrane_orcutt = orcutt(d), santer = santer(d), pettitt = pettitt(d)) }
full <- merge(data.frame(year = min(gaps$year):max(gaps$year)), gaps, all.x = TRUE); e <- rep(NA, nrow(full)); e[!is.na(full$y)] <- resid(lm(y ~ year, full))
out$gaps <- list(reml = gls_fit(gaps, "REML", corAR1(form = ~ year)), ml = gls_fit(gaps, "ML", corAR1(form = ~ year)), acf = acf(e, 10, na.action = na.pass, plot = FALSE)$acf[, 1, 1])
out$irregular <- list(reml = gls_fit(irregular, "REML", corCAR1(form = ~ year)), ml = gls_fit(irregular, "ML", corCAR1(form = ~ year)))
k <- suppressWarnings(cor.test(repeated$year, repeated$y, method = "kendall", continuity = TRUE, exact = FALSE)); z <- outer(repeated$y, repeated$y, "-") / outer(repeated$year, repeated$year, "-")
z <- z[upper.tri(z) & is.finite(z)]; out$repeated <- list(z = unname(k$statistic), tau = unname(k$estimate), p = k$p.value, sen = median(z), pairs = length(z))
save_ref(out, "13_trend_errors.json")
