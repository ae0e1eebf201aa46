-- For Neovim 0.11 and later without this plugin's own client: `vim.lsp.enable("nexus")`.
-- With nvim-lspconfig, the same table is its form of a server.
return {
  cmd = { "nexus", "lsp" },
  filetypes = { "nexus" },
  root_markers = { "nexus.nx", ".git" },
}
