-- Not `vim.filetype.add`, which Neovim 0.7 ignores unless asked.
vim.api.nvim_create_autocmd({ "BufRead", "BufNewFile" }, {
  pattern = "*.nx",
  callback = function()
    vim.bo.filetype = "nexus"
  end,
})
