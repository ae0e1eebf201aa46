#!/usr/bin/env bash
# Takes the screens in this folder anew: Neovim in tmux with the real language server.
# Needs tmux, nvim, cc, python3; NEXUS is the program (target/release/nexus).
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
nexus=$(realpath "${NEXUS:-target/release/nexus}")
place=$(mktemp -d)
session=nexus-screens-$$
trap 'tmux kill-session -t "$session" 2>/dev/null || true; rm -rf "$place"' EXIT

mkdir -p "$place"/{shop,site/parser,site/queries/nexus}
cc -shared -fPIC -O1 -o "$place/site/parser/nexus.so" grammar/tree-sitter/src/parser.c -I grammar/tree-sitter/src
cp grammar/tree-sitter/queries/*.scm "$place/site/queries/nexus/"
cat > "$place/shop/nexus.nx" <<'END'
# The shop: built, tested, packed.
let app = "shop"; in

tasks = {
  build = {
    description = "The program";
    inputs  = [ "src/**" "Makefile" ];
    outputs = { program = "build/${app}"; };
    run     = [ "make" { cmd = "strip build/${app}"; timout = 30s; } ];
  };

  test = {
    deps = [ tasks.build ];
    run  = "${tasks.build.outputs.program} --self-test";
  };
};
END
cat > "$place/init.lua" <<END
vim.opt.runtimepath:prepend("$root/editors/neovim")
vim.opt.runtimepath:prepend("$place/site")
vim.opt.swapfile = false
vim.opt.signcolumn = "yes"
vim.opt.termguicolors = false
vim.opt.completeopt = "menuone,noinsert"
vim.opt.hlsearch = false
vim.cmd("colorscheme desert")
vim.cmd("highlight SignColumn ctermbg=NONE")
vim.cmd("highlight Pmenu ctermfg=252 ctermbg=238")
vim.cmd("highlight PmenuSel ctermfg=232 ctermbg=110")
vim.cmd("highlight NormalFloat ctermfg=252 ctermbg=238")
require("nexus").setup({
  cmd = { "$nexus", "lsp" },
  on_attach = function(_, buffer)
    vim.bo[buffer].omnifunc = "v:lua.vim.lsp.omnifunc"
    vim.keymap.set("n", "K", vim.lsp.buf.hover, { buffer = buffer })
  end,
})
END

# wait_for TEXT: until the screen shows it.
wait_for() {
  for _ in $(seq 300); do
    tmux capture-pane -p -t "$session" | grep -qF -- "$1" && return
    sleep 0.1
  done
  echo "the screen never showed: $1" >&2
  tmux capture-pane -p -t "$session" >&2
  exit 1
}
take() {
  tmux capture-pane -e -p -t "$session" | python3 docs/screens/svg.py > "docs/screens/$1.svg"
}

# Without its variables, tmux inside of tmux would be refused.
env -u TMUX HOME="$place" NEXUS_CACHE_DIR="$place/cache" \
  tmux new-session -d -s "$session" -x 118 -y 22 -c "$place/shop" \
  nvim --clean -u "$place/init.lua" nexus.nx
wait_for "timout"
wait_for "has no field"
take diagnostic

tmux send-keys -t "$session" "/deps" Enter "f]" "i" "tasks. " Left C-x C-o
wait_for "a task"
take completion
tmux send-keys -t "$session" Escape u "/cmd =" Enter K
wait_for "shell"
take hover
