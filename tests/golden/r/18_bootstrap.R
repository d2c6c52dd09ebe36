# Bootstraps of boot: blocks of fixed and of random length (tsboot), whole clusters. Enough resamples for two digits.
source("r/common.R"); lib("boot")
nile <- read_d("trend_nile.csv")$y; set.seed(1)
about <- function(t, t0) list(estimate = t0, se = sd(t), low = unname(quantile(t, .025)), high = unname(quantile(t, .975)))
fixed <- tsboot(nile, mean, R = 100000, l = 14, sim = "fixed"); geom <- tsboot(nile, mean, R = 100000, l = 12, sim = "geom")
lag1 <- tsboot(nile, function(y) cor(y[-1], y[-length(y)]), R = 100000, l = 14, sim = "fixed")
d <- read_d("bnpp.csv"); g <- split(d$BNPP, d$biome)
cluster <- boot(seq_along(g), function(i, w) mean(unlist(g[w])), R = 50000)
save_ref(list(fixed = about(fixed$t, fixed$t0), geometric = about(geom$t, geom$t0), lag1 = about(lag1$t, lag1$t0), cluster = about(cluster$t, cluster$t0)), "18_bootstrap.json")
