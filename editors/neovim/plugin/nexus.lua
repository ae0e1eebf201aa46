-- `:Nexus run test`, with completion of the tasks.
vim.api.nvim_create_user_command("Nexus", function(command)
  require("nexus").run(command.fargs)
end, {
  nargs = "+",
  desc = "Run nexus in a terminal",
  complete = function(lead, line)
    local names = { "run", "build", "check", "list", "watch", "why" }
    if line:match("^%s*Nexus%s+%S+%s") then
      names = require("nexus").tasks()
    end
    return vim.tbl_filter(function(name)
      return vim.startswith(name, lead)
    end, names)
  end,
})
