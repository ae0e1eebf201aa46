-- Run by Neovim, headless, in a project: does with the language server what a user does, and prints
-- one line of JSON for each thing. `NEXUS`, `PLUGIN` say where the program and the plugin are.

vim.opt.runtimepath:prepend(vim.env.PLUGIN)
vim.opt.runtimepath:prepend(vim.env.PARSER)
vim.cmd("filetype plugin indent on")
vim.cmd("syntax off")

local nexus = require("nexus")
local attached = nil
nexus.setup({
  cmd = { vim.env.NEXUS, "lsp" },
  on_attach = function(client)
    attached = client
  end,
})
vim.cmd("runtime! ftdetect/*.lua plugin/*.lua")

local PATIENCE = 30000

local function say(what, value)
  io.stdout:write(vim.fn.json_encode({ what = what, value = value }) .. "\n")
end

local function wait(what, condition)
  if not vim.wait(PATIENCE, condition, 20) then
    say("gave up", what)
    vim.cmd("cquit")
  end
end

local function ask(method, params)
  local answers, err = vim.lsp.buf_request_sync(0, method, params, PATIENCE)
  if err then
    say("gave up", method .. ": " .. tostring(err))
    vim.cmd("cquit")
  end
  for _, answer in pairs(answers or {}) do
    if answer.error then
      say("error", method .. ": " .. vim.fn.json_encode(answer.error))
    end
    return answer.result
  end
end

local function at(line, text, behind)
  local found = vim.fn.getline(line):find(text, 1, true)
  vim.fn.cursor(line, found + (behind and #text or 0))
  local params = vim.lsp.util.make_position_params(0, "utf-16")
  params.position.character = found - 1 + (behind and #text or 0)
  return params
end

local function lines()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

vim.cmd("edit nexus.nx")
say("filetype", vim.bo.filetype)
wait("the server attaches", function()
  return attached ~= nil and attached.server_capabilities ~= nil
end)
say("coloured", nexus.highlight(0))

wait("a diagnostic", function()
  return #vim.diagnostic.get(0) > 0
end)
say("diagnostics", vim.tbl_map(function(one)
  return { line = one.lnum + 1, message = one.message }
end, vim.diagnostic.get(0)))

-- Mend it, and the diagnostic goes.
local line = vim.fn.search("timout")
vim.fn.setline(line, (vim.fn.getline(line):gsub("timout", "timeout")))
wait("the diagnostic is gone", function()
  return #vim.diagnostic.get(0) == 0
end)
say("mended", true)

local build = vim.fn.search("deps")
local completion = ask("textDocument/completion", at(build, "[ tasks.", true))
local labels = vim.tbl_map(function(item)
  return item.label
end, completion.items or completion)
table.sort(labels)
say("completion", labels)

local hover = ask("textDocument/hover", at(build, "build"))
say("hover", hover and (hover.contents.value or hover.contents))

local definition = ask("textDocument/definition", at(build, "build"))
local place = definition and (definition[1] or definition)
say("definition", place and (place.range or place.targetSelectionRange).start.line + 1)

local rename = at(build, "build")
rename.newName = "compile"
local edit = ask("textDocument/rename", rename)
vim.lsp.util.apply_workspace_edit(edit, "utf-16")
say("renamed", lines())

local last = vim.fn.line("$")
vim.fn.append(last, "tasks.extra   =  {run=\"true\";};")
local edits = ask("textDocument/formatting", vim.lsp.util.make_formatting_params({}))
vim.lsp.util.apply_text_edits(edits or {}, vim.api.nvim_get_current_buf(), "utf-16")
say("formatted", vim.fn.getline("$"))

vim.lsp.stop_client(attached.id)
vim.cmd("qall!")
