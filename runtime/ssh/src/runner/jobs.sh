# Jobs whose results survive us. A job is a name `RUN/STEP`; in the folder of all runs are, for each:
#   .s  the claim, made exactly once: boot id, process and start time of who keeps its result, process and
#       start time of its first process, which leads its session and group. A shell does not look up its
#       own start time, `-`: it reads files byte by byte, which costs half of what starting it does.
#   .i .o .e  what it reads and prints
#   .k  why it was ended, when somebody wanted that
#   .r  its exit status, or `none` when it never began; complete only with the newline
nx_no() { printf '\n@%s no %s\n' "$nx_n" "$1"; exit 251; }
nx_l=; nx_ss=; nx_perl=
{ for nx_x in mkdir head tail wc sleep; do command -v "$nx_x" || nx_l=${nx_l:-$nx_x}; done
command -v perl && nx_perl=1
if command -v setsid; then nx_ss=setsid
elif [ -n "$nx_perl" ]; then nx_ss='perl -MPOSIX -e POSIX::setsid;exec@ARGV --'; fi; } >/dev/null 2>&1
[ -z "$nx_l" ] || nx_no "tool $nx_l"
if [ -n "${HOME-}" ] && [ -d "$HOME" ] && [ -w "$HOME" ]; then nx_d=$HOME/.nexus/runs; else nx_d=/var/tmp/nexus-$(id -u); fi
# Nobody else can look into it, so files in it may have any mode.
[ -d "$nx_d" ] || { mkdir -p "${nx_d%/*}" && mkdir -m 700 "$nx_d" || [ -d "$nx_d" ]; } 2>/dev/null || nx_no "folder $nx_d"
cd "$nx_d" 2>/dev/null && [ -w . ] && [ -O . ] || nx_no "folder $nx_d"
nx_me="$nx_b $$ -"
nx_guard=
nx_gone=
nx_keep=
nx_heard=9999
trap nx_bye 0

# The first process of a job. Its arguments: the request, or nothing when it is started ahead of one,
# the folder of the login, the claim, whether limits are watched over, the runner, and who starts it.
# It does nothing when who started it has ended meanwhile, even if nobody has waited for that yet.
# It reads what to run from standard input, so that no list of processes shows it, and runs it itself:
# `$$`, `exit` and traps mean what they mean in a script of its own. On standard error it tells the
# runner what it did: `@took JOB MORE`, or `@ask REQUEST` for a request that is the runner's business.
# When it says neither, what follows on standard input makes no sense.
nx_boot='nx_q=$1; nx_c=$2; nx_me=$3; nx_w=$4; nx_p=$5; nx_o=$6
[ -n "$nx_q" ] || IFS= read -r nx_q && kill -0 "$nx_p" || exit
nx_a() { printf "@ask %s\n" "$1" >&2; exit; }
nx_f() { [ "${nx_o:-$2}" = "$2" ] || exit; nx_x=${20:--}; }
set -- $nx_q
[ "$1" = nx_run ] || nx_a "$nx_q"
[ "$3" = 0 ] || [ -n "$nx_w" ] || nx_a "$nx_q"
shift
nx_s=
if [ "$5" = 0 ]; then
nx_s=$(head -c "$6")
case $nx_s in *"
@$1") nx_s=${nx_s%"@$1"} ;; *) exit ;; esac
else
nx_x=$5
while [ "$nx_x" != 0 ]; do IFS= read -r nx_l || exit; nx_s=$nx_s$nx_l"
"; nx_x=$((nx_x - 1)); done
fi
[ -d "${1%/*}" ] || mkdir "${1%/*}" 2>/dev/null
nx_x=-
[ ! -r "/proc/$$/stat" ] || { IFS= read -r nx_l <"/proc/$$/stat"; nx_f ${nx_l##*) }; }
set -C
if { printf "%s\n" "$nx_me $$ $nx_x" >"$1.s"; } 2>/dev/null; then set +C; else
# An empty claim is one that is being written, or one for which there was no room. It stays: whoever
# asks later must not be told that nothing was begun.
[ ! -e "$1.s" ] || [ -s "$1.s" ] || sleep 1
nx_x=unmarked; [ -e "$1.s" ] && nx_x=marked
if [ -s "$1.s" ]; then printf "@%s dup 0 0\n" "$1"; else printf "@%s full %s 0 0\n" "$1" "$nx_x"; fi
nx_a :
fi
nx_i=/dev/null
if [ "$4" != - ]; then
nx_i=$1.i
printf "@%s send 0 0\n" "$1"
# What cannot be kept must be read all the same: it would be taken for requests.
head -c "$4" | { cat >"$nx_i"; cat >/dev/null; } 2>/dev/null
set -- "$@" $(wc -c <"$nx_i")
if [ "$8" != "$4" ]; then printf "none\n" >"$1.r"; printf "@%s full begun 0 0\n" "$1"; nx_a :; fi
fi
[ "$2" = 0 ] || printf "%s %s %s\n" "$1" "$2" "$3" 2>/dev/null >".w.$nx_p"
printf "@took %s %s\n" "$1" "$7" >&2
NEXUS_JOB=$1/; export NEXUS_JOB
exec <"$nx_i" >"$1.o" 2>"$1.e"; cd "$nx_c" 2>/dev/null || cd 2>/dev/null || cd /
set --; unset nx_q nx_c nx_me nx_w nx_p nx_o nx_l nx_x nx_i OLDPWD; unset -f nx_a nx_f; eval "unset nx_s
$nx_s"'

# The same as nx_job for one job after the other, in Perl where there is one: it makes folders and
# sessions and removes files itself instead of starting a program for each, and reads what was printed
# itself. Its arguments: a request, the first process of a job, the word, and what that process wants to
# know. It says `@on` when it could start, and ends with the first request that is none of its own.
# Numbers of system calls: the tables of Linux, by class and machine in the head of its own program (ELF,
# e_ident and e_machine). To load Config or POSIX takes longer than a job.
nx_loop='($q, $boot, $n, @with) = @ARGV;
$own = $$;
binmode $_ for *STDIN, *STDOUT, *STDERR;
if ($^O eq "linux" && open F, "<", "/proc/$$/exe" and sysread(F, $_, 20) == 20) {
($x, $y) = unpack "x4CC", $_;
$x .= "/" . unpack $y == 2 ? "x18n" : "x18v", $_;
$call = {"2/62", 112, map(("$_/243", 157), 1, 2), map(("2/$_", 157), 183, 258), map(($_, 66), "1/3", "1/20", "2/21", "1/22", "2/22", "1/40")}->{$x};
}
# The claims name who keeps the results, which is this process.
if (open F, "<", "/proc/$$/stat") { $with[1] =~ s/\d+ \S+$/"$$ " . (split " ", <F> =~ s(.*\))()r)[19]/e }
sub keep { open F, ">", $_[0] and syswrite(F, $_[1]) == length $_[1] and close F }
sub part { my $t = ""; open F, "<", $_[0]; 1 while sysread F, $t, 65536 - length $t, length $t; close F; "$t\n\@$n\n" }
sub say { for ($at = 0; $at < length $_[0];) { $at += syswrite(STDOUT, $_[0], length($_[0]) - $at, $at) || exit 0 } 1 }
sub gone {
my $run = shift;
opendir D, $run and @all = map "$run/$_", grep !/^\.\.?$/, readdir D or return;
closedir D;
for (@all) { return if /(.*)\.s$/ && -s && ! -s "$1.r" }
unlink @all, ".x.$with[-1]";
rmdir $run;
}
sub bye { gone $_ or syswrite STDERR, "\@gone $_\n" for @gone; exit 0 }
syswrite STDERR, "\@on\n";
for (;; $q = "") {
unless ($q) {
while (substr($q, -1) ne "\n") { sysread STDIN, $q, 1, length $q or bye }
chop $q;
}
getppid == $with[-1] or exit 1;
if ($q =~ /^nx_forget ([\w-]+)$/) { push @gone, $1; say "\@$1 forgot 0 0\n"; next }
$said = "\@ask $q";
if ($q =~ m{^nx_run ([\w-]+)/}) {
-d $1 or mkdir $1;
pipe R, W and defined($pid = fork) or exit 1;
unless ($pid) {
$call && syscall($call) == $$ or require POSIX and POSIX::setsid();
open STDERR, ">&W";
exec "/bin/sh", "-c", $boot, "sh", $q, @with, $own;
exit 127;
}
close W;
$said = "";
1 while sysread R, $said, 4096, length $said;
close R;
waitpid $pid, 0;
$r = $? & 127 ? -($? & 127) : $? >> 8;
}
if ($said =~ /^(\@ask .*)/m) { syswrite STDERR, "$1\n"; bye }
$said =~ /^\@took (\S+) / or exit 1;
$job = $1;
-e "$job.o" or $r = "none";
$kept = keep("$job.r", "$r\n") ? "-" : "unkept";
$why = "-";
if (-s "$job.k" && open F, "<", "$job.k") { chomp($why = <F>); close F }
($o, $e) = map { -s "$job.$_" ? 1 : 0 } "o", "e";
$say = "\@$job end $r $why $kept $o $e\n";
$o and $say .= part "$job.o";
$e and $say .= part "$job.e";
say $say;
}'

# nx_serve: takes requests, one line each, until there are none. `nx_run JOB LIMIT GRACE INPUT LINES
# BYTES MORE` claims a job, runs it, and answers with its result. The script follows: so many lines, or,
# when it is long, so many bytes, which end with a line `@JOB`. With MORE another job will soon follow:
# then it pays to start Perl, and where there is none, the first process of that job is started ahead.
nx_serve() {
  nx_q=; nx_more=0
  while :; do
    [ -n "$nx_q" ] || [ "$nx_more" = 1 ] || IFS= read -r nx_q || exit 0
    case $nx_q in
      '') nx_job ;;
      'nx_run '*' 1') if [ -n "$nx_perl" ]; then nx_batch $nx_q; else nx_job $nx_q; fi ;;
      'nx_run '*) nx_job $nx_q ;;
      *) nx_x=$nx_q; nx_q=; eval "$nx_x" ;;
    esac
  done
}

# nx_ear: opens a file for what is said on standard error, to write as 6 and to read as 7; fails when
# there is no room. It stays open: to empty a file for each job has some systems write it to the disk
# each time. Begun anew before the first block, for which there was room, is full.
nx_ear() {
  [ "$nx_heard" -gt 2000 ] || return 0
  nx_heard=9999
  { echo >".x.$$"; } 2>/dev/null || return 1
  exec 6>>".x.$$" 7<".x.$$"
  nx_heard=0
}

# nx_hear LINE: what the first process of a job says, and what the shell says of its end.
nx_hear() {
  case $1 in
    '@took '*) nx_k=${1#@took } ;;
    '@ask '*) nx_q=${1#@ask } ;;
    *) nx_s=$nx_k ;;
  esac
}

# nx_job [REQUEST]: starts the first process of a job, and sees to the end of it.
nx_job() {
  [ "${3:-0}" = 0 ] || nx_watch
  # In the foreground: what runs in the background ignores SIGINT. The shell says on standard error
  # when a signal ended it, which the status alone does not tell from an exit with 128 and more.
  if nx_ear; then
    { $nx_ss /bin/sh -c "$nx_boot" sh "$nx_q" "$nx_cwd" "$nx_me" "$nx_guard" "$$" "$$" 6>&- 7<&-; } 2>&6
    nx_r=$?
    nx_q=; nx_k=; nx_s=
    while IFS= read -r nx_x <&7; do nx_hear "$nx_x"; nx_heard=$((nx_heard + ${#nx_x})); done
  else
    # There is no room even for that.
    exec 5>&1
    nx_x=$({ $nx_ss /bin/sh -c "$nx_boot" sh "$nx_q" "$nx_cwd" "$nx_me" "$nx_guard" "$$" 5>&-; } 2>&1 >&5)
    nx_r=$?
    exec 5>&-
    nx_q=; nx_k=; nx_s=
    IFS='
'
    set -f
    for nx_x in $nx_x; do nx_hear "$nx_x"; done
    set +f
    unset IFS
  fi
  nx_more=0
  [ -z "$nx_q" ] || return 0
  [ -n "$nx_k" ] || exit 0
  set -- $nx_k
  nx_more=$2
  [ "$nx_r" -le 128 ] || [ -z "$nx_s" ] || nx_r=-$(((nx_r - 128) % 128))
  [ -e "$1.o" ] || nx_r=none
  nx_f=-
  printf '%s\n' "$nx_r" 2>/dev/null >"$1.r" || nx_f=unkept
  nx_k=-
  [ -s "$1.k" ] && read -r nx_k <"$1.k"
  nx_show "$1" "end $nx_r $nx_k $nx_f" 65536
}

# nx_batch REQUEST: takes this request to run a job, and further ones until another kind comes.
nx_batch() {
  nx_ear || { nx_perl=; return 0; }
  [ "$3" = 0 ] || nx_watch
  { perl -f -C0 -e "$nx_loop" "$nx_q" "$nx_boot" "$nx_n" "$nx_cwd" "$nx_me" "$nx_guard" "$$" 6>&- 7<&-; } 2>&6
  nx_r=$?
  nx_on=
  while IFS= read -r nx_x <&7; do
    nx_heard=$((nx_heard + ${#nx_x}))
    case $nx_x in
      '@on') nx_on=1; nx_q= ;;
      '@ask '*) nx_q=${nx_x#@ask } ;;
      '@gone '*) nx_gone="$nx_gone ${nx_x#@gone }" ;;
    esac
  done
  # One that could not even start has read nothing, and the request is still to be done. Of one that was
  # ended nobody knows what it read.
  if [ -z "$nx_on" ]; then nx_perl=; elif [ "$nx_r" != 0 ]; then exit 0; fi
}

# nx_show JOB WORDS MOST [OFFSET-OUT OFFSET-ERR]: an answer with output, at most so many bytes of each.
nx_show() {
  nx_o=0; nx_e=0
  [ -s "$1.o" ] && nx_o=1
  [ -s "$1.e" ] && nx_e=1
  printf '@%s %s %s %s\n' "$1" "$2" "$nx_o" "$nx_e"
  [ "$nx_o" = 0 ] || nx_part "$1.o" "$3" "${4-}"
  [ "$nx_e" = 0 ] || nx_part "$1.e" "$3" "${5-}"
}
nx_part() {
  if [ "${3:-0}" = 0 ]; then head -c "$2" <"$1"; else tail -c "+$3" <"$1" | head -c "$2"; fi
  printf '\n@%s\n' "$nx_n"
}

# nx_active RUN: whether a job of a run is still running.
nx_active() {
  for nx_f in "$1"/*.s; do
    [ -s "$nx_f" ] && [ ! -s "${nx_f%.s}.r" ] || continue
    nx_state "${nx_f%.s}"
    case $nx_st in run | orphan) return 0 ;; esac
  done
  return 1
}

# nx_seldom: has the functions that are seldom needed read; a call of one of them does.
nx_seldom() { eval "$nx_rest"; }
nx_state() { nx_seldom; nx_state "$@"; }
nx_poll() { nx_seldom; nx_poll "$@"; }
nx_stop() { nx_seldom; nx_stop "$@"; }
nx_watch() { nx_seldom; nx_watch; }
nx_tidy() { nx_seldom; nx_tidy "$@"; }

# nx_forget RUN: has what is kept of a run removed at the end, when nobody waits any more.
nx_forget() {
  nx_gone="$nx_gone $1"
  printf '@%s forgot 0 0\n' "$1"
}

# nx_many FEW: whether there are more runs than a few: otherwise it is not worth looking at them.
nx_many() {
  nx_x=$1
  set -- *
  [ "$#" -gt "$nx_x" ]
}

# The end of the requests. Of runs that are to be forgotten everything is removed, unless a job of theirs
# is running.
nx_bye() {
  exec </dev/null >/dev/null 2>&1
  [ -z "$nx_guard" ] || kill "$nx_guard"
  set --
  for nx_y in $nx_gone; do [ ! -d "$nx_y" ] || nx_active "$nx_y" || set -- "$@" "$nx_y"; done
  set -- ".w.$$" ".x.$$" "$@"
  [ -z "$nx_keep" ] || ! nx_many "$nx_few" || nx_tidy $nx_keep
  [ "$#" = 2 ] && [ -z "$nx_guard" ] && [ ! -e ".x.$$" ] || exec rm -rf "$@"
}

# nx_ready: says so, and takes requests.
nx_ready() {
  nx_x=-; [ -n "$nx_ss" ] && nx_x=s
  printf '\n@%s ready %s %s %s %s\n' "$nx_n" "$$" "$nx_b" "$nx_x" "${nx_proc:--}"
  exec 2>/dev/null
  nx_serve
}
