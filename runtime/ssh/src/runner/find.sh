# Finds the processes of a job, and ends them.
# nx_find MARK PID START: the processes of a job as nx_ps: its session and group, whoever carries its
# mark in the environment, and all their descendants. nx_g is the group, when its number is still its own.
nx_find() {
  nx_ps=; nx_g=$2
  if [ "$2" != - ] && [ "$3" != - ]; then
    nx_start "$2"
    [ "$nx_v" = - ] || [ "$nx_v" = "$3" ] || nx_g=-
  fi
  if [ -z "$nx_proc" ]; then
    [ "$nx_g" != - ] && kill -0 -- "-$nx_g" 2>/dev/null && nx_ps=" $nx_g "
    return 0
  fi
  nx_m=" $(grep -zlsF "NEXUS_JOB=$1/" /proc/[0-9]*/environ | while IFS=/ read -r nx_x nx_x nx_l nx_x; do printf '%s ' "$nx_l"; done)"
  nx_all=; nx_ps=' '
  for nx_f in /proc/[0-9]*/stat; do
    IFS= read -r nx_l 2>/dev/null <"$nx_f" || continue
    nx_x=${nx_l%% *}
    set -- ${nx_l##*) }
    [ "$1" = Z ] && continue
    case $nx_m in *" $nx_x "*) nx_ps="$nx_ps$nx_x "; continue ;; esac
    if [ "$nx_x" = "$nx_g" ] || [ "$3" = "$nx_g" ] || [ "$4" = "$nx_g" ]; then nx_ps="$nx_ps$nx_x "; else nx_all="$nx_all $nx_x:$2"; fi
  done
  nx_x=
  while [ "$nx_x" != "$nx_ps" ]; do
    nx_x=$nx_ps
    for nx_l in $nx_all; do
      case $nx_ps in *" ${nx_l%:*} "*) continue ;; *" ${nx_l#*:} "*) nx_ps="$nx_ps${nx_l%:*} " ;; esac
    done
  done
}

# nx_end JOB MARK PID START SIGNAL: sends a signal (0: none) to all processes of a job and tells which
# there were, each with the name of its program.
nx_end() {
  nx_find "$2" "$3" "$4"
  if [ "$5" != 0 ]; then
    [ "$nx_g" != - ] && kill -s "$5" -- "-$nx_g" 2>/dev/null
    for nx_l in $nx_ps; do kill -s "$5" "$nx_l" 2>/dev/null; done
  fi
  nx_m=
  for nx_l in $nx_ps; do
    nx_x='?'; IFS=' ' read -r nx_x nx_f 2>/dev/null <"/proc/$nx_l/comm"
    nx_m="$nx_m $nx_l:$nx_x"
  done
  printf '@%s left%s 0 0\n' "$1" "$nx_m"
}
