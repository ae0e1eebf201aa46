# What every other part stands on: who we are and which processes live. `nx_n`, a word that nothing
# else prints, is set before. Everything here is POSIX shell; names begin with `nx_`, and none is exported.
nx_cwd=${PWD:-/}
trap : HUP
nx_b=-
[ -r /proc/sys/kernel/random/boot_id ] && IFS= read -r nx_b </proc/sys/kernel/random/boot_id
nx_proc=
[ -r "/proc/$$/stat" ] && nx_proc=1

# nx_start PID: the start time of a process as nx_v; fails when there is no such process.
nx_start() {
  nx_v=-
  if [ -z "$nx_proc" ]; then kill -0 "$1" 2>/dev/null; return; fi
  IFS= read -r nx_l 2>/dev/null <"/proc/$1/stat" || return 1
  set -- ${nx_l##*) }
  nx_v=${20}
  [ "$1" != Z ]
}

# nx_alive PID START: whether this very process lives, and not another one that got its number.
nx_alive() { nx_start "$1" && [ "$nx_v" = "$2" ]; }
