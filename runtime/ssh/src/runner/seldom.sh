# What most runners are never asked. A shell reads it only when it is needed: to read all of it costs as
# much as to start a program.

# nx_state JOB: what is known of a job, as nx_st.
nx_state() {
  nx_st=never; nx_r=-; nx_k=-
  [ -e "$1.s" ] || return 0
  [ -s "$1.s" ] || sleep 1
  nx_st=empty
  [ -s "$1.k" ] && read -r nx_k <"$1.k"
  [ -s "$1.r" ] && read -r nx_r <"$1.r" && { nx_st=end; return 0; }
  nx_r=-
  IFS=' ' read -r nx_x nx_p nx_t nx_f nx_l <"$1.s" || return 0
  nx_st=reboot
  [ "$nx_x" = "$nx_b" ] || return 0
  nx_st=run
  nx_s=$nx_l
  nx_keeps "$nx_p" "$nx_t" "$nx_s" && return 0
  nx_st=orphan
  [ -n "$nx_s" ] && nx_alive "$nx_f" "$nx_s" && return 0
  [ -s "$1.r" ] && read -r nx_r <"$1.r" && { nx_st=end; return 0; }
  nx_st=killed; nx_r=-
}

# nx_keeps PID START JOB-START: whether whoever keeps the result of a job lives. When its start time is not
# known: another process that got its number would have started after the job.
nx_keeps() {
  nx_start "$1" || return 1
  if [ "$2" != - ]; then [ "$nx_v" = "$2" ]; else [ "$nx_v" = - ] || [ "$nx_v" -le "${3:-0}" ]; fi
}

# nx_size FILE: its length as nx_z, `-` when that cannot be found out.
nx_size() {
  nx_z=0
  [ -e "$1" ] || return 0
  nx_z=$(wc -c <"$1" 2>/dev/null)
  nx_z=${nx_z##* }
  nx_z=${nx_z:--}
}

# nx_poll JOB MOST FROM-OUT FROM-ERR: its state, how much it has printed, and of that what is behind
# these positions, counted from 1.
nx_poll() {
  nx_state "$1"
  nx_size "$1.o"; nx_x=$nx_z
  nx_size "$1.e"
  nx_show "$1" "$nx_st $nx_r $nx_k - $nx_x $nx_z" "$2" "$3" "$4"
}

# nx_stop JOB SIGNAL REASON: signals a job and tells which processes it has.
nx_stop() {
  [ "$3" = - ] || [ -s "$1.r" ] || [ -s "$1.k" ] || [ ! -s "$1.s" ] || printf '%s\n' "$3" 2>/dev/null >"$1.k"
  nx_p=-; nx_t=-
  [ -s "$1.s" ] && IFS=' ' read -r nx_x nx_x nx_x nx_p nx_t <"$1.s"
  nx_end "$1" "$1" "$nx_p" "$nx_t" "$2"
}

# nx_watch: watches over the limits of all jobs of this runner. What is written in `.w` is ended after so
# many seconds, some later than whoever waits for it would. When the runner is gone, until the last job
# has ended.
nx_watch() {
  [ -z "$nx_guard" ] || return 0
  ( trap '' HUP
    trap - 0
    exec </dev/null >/dev/null 2>&1 6>&- 7<&-
    nx_start "$$"
    nx_last=; nx_c=0; nx_w=$nx_v
    while sleep 2; do
      if [ -s ".w.$$" ] && IFS=' ' read -r nx_j nx_lim nx_gr <".w.$$" && [ ! -s "$nx_j.r" ]; then
        [ "$nx_j" = "$nx_last" ] || { nx_last=$nx_j; nx_c=0; }
        nx_c=$((nx_c + 2))
        if [ "$nx_c" -ge $((nx_lim + nx_gr + 4)) ]; then nx_stop "$nx_j" KILL timeout
        elif [ "$nx_c" -ge $((nx_lim + 4)) ]; then nx_stop "$nx_j" TERM timeout
        else
          nx_ps=running
          nx_state "$nx_j"
          [ "$nx_st" != killed ] || nx_stop "$nx_j" 0 -
        fi
        [ -n "${nx_ps# }" ] || nx_alive "$$" "$nx_w" || break
      else
        nx_alive "$$" "$nx_w" || break
      fi
    done
    rm -f ".w.$$"
  ) &
  nx_guard=$!
}

# nx_tidy DAYS RUNS: removes what is kept of runs that are too old or too many. Never of one in which
# something happened within a day: whoever began it may still be reading.
nx_tidy() {
  nx_d=$1; nx_c=$2
  set -- $(find . ! -name . -prune -type d -mtime +0 2>/dev/null)
  [ "$#" -gt 0 ] || return 0
  for nx_y in $(ls -1td "$@" 2>/dev/null | tail -n "+$((nx_c + 1))") $(find . ! -name . -prune -type d -mtime "+$nx_d" 2>/dev/null); do
    nx_y=${nx_y#./}
    [ ! -d "$nx_y" ] || nx_active "$nx_y" || rm -rf "./$nx_y"
  done
}
