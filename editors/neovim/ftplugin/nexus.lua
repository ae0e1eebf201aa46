vim.bo.commentstring = "# %s"
vim.bo.comments = ":#"
vim.bo.shiftwidth = 2
vim.bo.softtabstop = 2
vim.bo.expandtab = true
vim.opt_local.iskeyword:append("-,'")

local nexus = require("nexus")
nexus.start(0)
nexus.highlight(0)
