# Ends a job that no runner watches over when its time is over, some later than whoever waits for it
# would, and whether or not anybody still does. Arguments: mark, first process, limit, grace.
trap '' HUP
nx_start "$2" || exit 0
nx_t=$nx_v; nx_c=0
while sleep 2; do
  if ! nx_alive "$2" "$nx_t"; then
    nx_find "$1" "$2" "$nx_t"
    [ -n "${nx_ps# }" ] || break
  fi
  nx_c=$((nx_c + 2))
  if [ "$nx_c" -ge $(($3 + $4 + 4)) ]; then nx_end plain "$1" "$2" "$nx_t" KILL
  elif [ "$nx_c" -ge $(($3 + 4)) ]; then nx_end plain "$1" "$2" "$nx_t" TERM
  fi
done
