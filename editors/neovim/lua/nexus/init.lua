-- Starts the language server for buffers with `.nx` files, colours them, and runs tasks.

local M = {}

local settings = {
  -- The program, with its arguments.
  cmd = { "nexus", "lsp" },
  -- What every buffer gets when the server is attached: function(client, buffer).
  on_attach = nil,
  capabilities = nil,
}

--- Changes the settings: `cmd`, `on_attach`, `capabilities`.
function M.setup(changes)
  settings = vim.tbl_extend("force", settings, changes or {})
end

-- The folder of the project a file belongs to: the nearest one upwards with a `nexus.nx`.
local function root_of(file)
  local folder = vim.fn.fnamemodify(file, ":p:h")
  local found = vim.fn.findfile("nexus.nx", vim.fn.escape(folder, " \\;,") .. ";")
  return found ~= "" and vim.fn.fnamemodify(found, ":p:h") or folder
end

local clients = {}

-- Neovim has `vim.lsp.start` since 0.8; before, clients are shared by hand.
local function attach(config, buffer)
  if vim.lsp.start then
    return vim.lsp.start(config, { bufnr = buffer })
  end
  local id = clients[config.root_dir]
  if not (id and vim.lsp.get_client_by_id(id)) then
    id = vim.lsp.start_client(config)
    clients[config.root_dir] = id
  end
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
  return id
end

--- Attaches the language server to a buffer. Gives the client's id, or nil without the program.
function M.start(buffer)
  buffer = buffer == 0 and vim.api.nvim_get_current_buf() or buffer
  if vim.fn.executable(settings.cmd[1]) ~= 1 then
    vim.notify_once("nexus: `" .. settings.cmd[1] .. "` is not in PATH", vim.log.levels.WARN)
    return nil
  end
  return attach({
    name = "nexus",
    cmd = settings.cmd,
    root_dir = root_of(vim.api.nvim_buf_get_name(buffer)),
    capabilities = settings.capabilities or vim.lsp.protocol.make_client_capabilities(),
    on_attach = settings.on_attach,
  }, buffer)
end

--- Colours a buffer by the tree-sitter grammar, when its parser is installed.
function M.highlight(buffer)
  local ok = pcall(vim.treesitter.get_parser, buffer == 0 and vim.api.nvim_get_current_buf() or buffer, "nexus")
  if not ok then
    return false
  end
  if vim.treesitter.start then
    return (pcall(vim.treesitter.start, buffer, "nexus"))
  end
  local parser = vim.treesitter.get_parser(buffer, "nexus")
  vim.treesitter.highlighter.new(parser)
  return true
end

-- The tasks of the project around the current file; for completion.
function M.tasks()
  local command = { settings.cmd[1], "list", "--format", "json" }
  local folder = root_of(vim.api.nvim_buf_get_name(0))
  local text = vim.fn.system("cd " .. vim.fn.shellescape(folder) .. " && " .. table.concat(vim.tbl_map(vim.fn.shellescape, command), " "))
  local ok, listed = pcall(vim.fn.json_decode, text)
  if not ok or type(listed) ~= "table" then
    return {}
  end
  return vim.tbl_map(function(one)
    return one.task
  end, listed)
end

--- Runs `nexus` with arguments in a terminal beside the code, in the project of the current file.
function M.run(arguments)
  local folder = root_of(vim.api.nvim_buf_get_name(0))
  vim.cmd("botright 15new")
  vim.fn.termopen(vim.list_extend({ settings.cmd[1] }, arguments), { cwd = folder })
  vim.cmd("startinsert")
end

return M
