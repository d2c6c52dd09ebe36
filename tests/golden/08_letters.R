# Case "08_letters": Tukey, Kruskal-Wallis and Dunn tests with compact letters, on three data sets that come with R
# (PlantGrowth, InsectSprays, warpbreaks; here as 08_letters_*.csv).
# Run from this folder: Rscript 08_letters.R; versions of R and packages stand in 08_letters.json.
library(jsonlite); library(multcompView); library(dunn.test); library(agricolae)

out <- list()
for (k in list(c("plantgrowth", "weight", "group"), c("insectsprays", "count", "spray"), c("warpbreaks", "breaks", "tension"))) {
  d <- read.csv(paste0("08_letters_", k[1], ".csv")); d$g <- factor(d[[k[3]]]); d$y <- d[[k[2]]]
  a <- aov(y ~ g, d); t <- TukeyHSD(a); L <- multcompLetters4(a, t)$g$Letters; H <- HSD.test(a, "g", group = TRUE)$groups
  kw <- kruskal.test(y ~ g, d); an <- summary(a)[[1]]
  capture.output(dn <- dunn.test(d$y, d$g, method = "bh", altp = TRUE))
  capture.output(dbon <- dunn.test(d$y, d$g, method = "bonferroni", altp = TRUE))
  capture.output(d1 <- dunn.test(d$y, d$g, method = "none"))
  LD <- multcompLetters(setNames(dn$altP.adjusted, gsub(" - ", "-", dn$comparisons)))$Letters
  out[[k[1]]] <- list(
    anova = list(F = an$`F value`[1], p = an$`Pr(>F)`[1]),
    tukey = list(pair = rownames(t$g), diff = unname(t$g[, 1]), lwr = unname(t$g[, 2]), upr = unname(t$g[, 3]), p = unname(t$g[, 4])),
    letters = as.list(L), agricolae = as.list(setNames(H$groups, rownames(H))),
    kw = list(H = unname(kw$statistic), df = unname(kw$parameter), p = kw$p.value),
    dunn = list(pair = dn$comparisons, z = dn$Z, p_bh = dn$altP.adjusted, p_bonf = dbon$altP.adjusted, p_default_one_sided = d1$P),
    dunn_letters = as.list(LD))
}
out$R <- list(version = R.version.string, packages = lapply(sessionInfo()$otherPkgs, function(p) p$Version))
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "08_letters.json")
