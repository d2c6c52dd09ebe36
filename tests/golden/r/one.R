# Rscript r/one.R case  -> the fit once and nothing printed: timed from outside, with R's start and its packages
source("r/common.R"); source("r/fits.R"); a <- commandArgs(TRUE); cs <- CASES[[a[1]]]; lib(cs$libs); set.seed(1); invisible(suppressMessages(suppressWarnings(cs$fit(cs$data()))))
