# Forests beyond 05_rf: other sizes, settings, factors, quantiles. Averages over seeds, since forests are random.
source("r/common.R"); lib("ranger", "randomForest")
set.seed(19); n <- 300
site <- rep(sprintf("s%02d", 1:30), each = 10); shift <- rep(rnorm(30), each = 10)
x1 <- runif(n); x2 <- 0.8 * x1 + 0.2 * runif(n); x3 <- rnorm(n); x4 <- round(runif(n), 1); x5 <- rnorm(n) + shift
biome <- sample(c("desert", "forest", "steppe", "tundra"), n, TRUE, c(.1, .4, .3, .2))
y <- 1e4 + 10 * sin(pi * x1) + 4 * x3^2 + 6 * x4 + 5 * (biome == "forest") - 3 * (biome == "tundra") + (1 + 3 * x1) * rnorm(n)
d <- data.frame(x1 = signif(x1, 8), x2 = signif(x2, 8), x3 = signif(x3, 8), x4, x5 = signif(x5, 8), biome, site, y = round(y, 6))
save_csv(d, "forest_sim.csv"); d <- read_d("forest_sim.csv"); d$site <- NULL
S <- function(l, k) { v <- sapply(l, `[[`, k); list(mean = mean(v), sd = sd(v), n = length(v)) }
A <- function(l, k) as.list(rowMeans(sapply(l, `[[`, k)))
run <- function(data, seeds, ...) { l <- lapply(seeds, function(s) { m <- ranger(y ~ ., data, num.trees = 500, importance = "permutation", seed = s, num.threads = 1, ...)
    list(mse = m$prediction.error, r2 = m$r.squared, imp = m$variable.importance, nodes = mean(sapply(m$forest$split.varIDs, length))) })
  list(mse = S(l, "mse"), r2 = S(l, "r2"), perm = A(l, "imp"), nodes = S(l, "nodes")) }
rf <- function(data, seeds, ...) { l <- lapply(seeds, function(s) { set.seed(s); m <- randomForest(y ~ ., data, ntree = 500, importance = TRUE, ...)
    list(mse = m$mse[500], r2 = m$rsq[500], raw = importance(m, type = 1, scale = FALSE)[, 1], scaled = importance(m, type = 1)[, 1], inc = importance(m, type = 2)[, 1], nodes = mean(m$forest$ndbigtree)) })
  list(mse = S(l, "mse"), r2 = S(l, "r2"), perm = A(l, "raw"), scaled = A(l, "scaled"), impurity = A(l, "inc"), nodes = S(l, "nodes")) }
num <- d[c("x1", "x2", "x3", "x5", "y")]; new <- num[c(1, 50, 100, 150, 200, 250), 1:4]; new$x1 <- new$x1 * 0.9 + 0.05
q <- lapply(1:20, function(s) { m <- ranger(y ~ ., num, num.trees = 500, quantreg = TRUE, seed = s, num.threads = 1, mtry = 2, min.node.size = 10); list(q = predict(m, new, type = "quantiles", quantiles = c(.05, .25, .5, .75, .95))$predictions, p = predict(m, new)$predictions) })
save_ref(list(
  numeric_default = rf(num, 1:20), numeric_node20_mtry3 = rf(num, 1:20, nodesize = 20, mtry = 3), numeric_node1 = rf(num, 1:20, nodesize = 1),
  subsample = run(num, 1:20, replace = FALSE, sample.fraction = 0.632, mtry = 2), depth3 = run(num, 1:20, max.depth = 3, mtry = 2),
  factor_codes = run(d, 1:20, mtry = 2), boston_mtry6 = { b <- read_d("boston.csv"); names(b)[14] <- "y"; rf(b, 1:10, mtry = 6) },
  quantiles = list(new = new, levels = c(.05, .25, .5, .75, .95), values = Reduce(`+`, lapply(q, `[[`, "q")) / 20, between = apply(simplify2array(lapply(q, `[[`, "q")), 1:2, sd), prediction = rowMeans(sapply(q, `[[`, "p")))), "19_forests.json")
