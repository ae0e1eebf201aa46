/* A small Lua interpreter: runs the script named on the command line.
   The package carries the library only, so the program around it is ours. */
#include <stdio.h>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

static void pass_arguments(lua_State *L, int argc, char **argv) {
  lua_createtable(L, argc - 2, 1);
  for (int i = 1; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - 1);
  }
  lua_setglobal(L, "arg");
}

int main(int argc, char **argv) {
  if (argc < 2) {
    printf("%s\nusage: lua SCRIPT [ARGUMENT ...]\n", LUA_COPYRIGHT);
    return 2;
  }
  lua_State *L = luaL_newstate();
  if (L == NULL) {
    fprintf(stderr, "lua: not enough memory\n");
    return 1;
  }
  luaL_openlibs(L);
  pass_arguments(L, argc, argv);
  int failed = luaL_dofile(L, argv[1]);
  if (failed) {
    fprintf(stderr, "lua: %s\n", lua_tostring(L, -1));
  }
  lua_close(L);
  return failed ? 1 : 0;
}
