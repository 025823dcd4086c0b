#!/bin/sh
# Looks at this host for signs of mining: reading only, no network. For hosts without Python: POSIX sh and /proc.
# usage: sh minecheck.sh [zh|en] > report.json    Exit codes: 0 looked, 3 confirmed or likely.
set -u
LC_ALL=C
export LC_ALL
language=${1:-zh}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT INT TERM
findings=$work/findings
: > "$findings"

miners='@MINERS@'
others='@OTHERS@'
flags='@FLAGS@'
pools='@POOLS@'
scheme='(stratum[12]?|ethproxy|ethstratum|daemon)([+](tcp|ssl|tls|ws|wss))*://'
wallet='(^|[[:space:]=])([48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}|bc1[02-9ac-hj-np-z]{25,90}|0x[0-9a-fA-F]{40}|kaspa:[0-9a-z]{50,120})'
algorithm='(^| )(-a|--algo|--coin)[ =](rx/|randomx|cn/|kawpow|ethash|etchash|autolykos|ghostrider|verushash|verus|x16r|argon2/|yespower|kheavyhash)'

sentence() { case "$1" in
@SENTENCES@
esac; }

# A text as it may stand in JSON: one line, escaped, wallets and the names of homes masked.
plain() {
  tr '\n\t\r' '   ' | tr -d '\000-\037' |
    sed -e 's/ *$//' -e 's/[0-9A-Za-z]\{21,116\}\([0-9A-Za-z]\{4\}\)/...\1/g' -e 's#/home/[^/ ]*#/home/~#g' -e 's/\\/\\\\/g' -e 's/"/\\"/g' |
    cut -c1-400
}

# found CHECK FAMILY SEVERITY SUBJECT WEAK KEY TEXT
found() {
  printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" "$6" "$(printf '%s' "$7" | plain)" >> "$findings"
}

processors=$(grep -c '^processor' /proc/cpuinfo 2>/dev/null || echo 1)
[ "$processors" -gt 0 ] || processors=1
uptime=$(cut -d. -f1 /proc/uptime 2>/dev/null || echo 0)
ticks=$(getconf CLK_TCK 2>/dev/null || echo 100)
hidden=0
seen=0

for folder in /proc/[0-9]*; do
  pid=${folder#/proc/}
  [ "$pid" = "$$" ] && continue
  line=$({ tr '\000' ' ' < "$folder/cmdline"; } 2>/dev/null) || continue
  seen=$((seen + 1))
  [ -n "$line" ] || continue
  exe=$(readlink "$folder/exe" 2>/dev/null) || { exe=; hidden=$((hidden + 1)); }
  first=${line%% *}
  path=${exe:-$first}
  program=$(basename -- "${path% (deleted)}" | tr '[:upper:]' '[:lower:]')
  program=${program%.exe}
  case " $miners " in *" $program "*) found name identity medium "pid:$pid" false program "$program" ;; esac
  case "$first" in '[kworker'* | 'kworker/'* | '[kthreadd'* | '[ksoftirqd'*)
    [ -n "$exe" ] && found disguise identity high "pid:$pid" false called "$first" ;; esac
  case "$exe" in
    /memfd:*) found memfd stealth medium "pid:$pid" true path "$exe" ;;
    *' (deleted)') found deleted stealth medium "pid:$pid" true path "$exe" ;;
    /tmp/* | /var/tmp/* | /dev/shm/*) found scraps stealth low "pid:$pid" true path "$exe" ;;
  esac
  case " $others " in *" $program "*) ;; *)
    parts=0
    telling=0
    printf '%s' "$line" | grep -Eiq "$scheme" && { parts=$((parts + 1)); telling=1; }
    printf '%s' "$line" | grep -Eq "$wallet" && { parts=$((parts + 1)); telling=1; }
    printf '%s' "$line" | grep -Eiq "$algorithm" && { parts=$((parts + 1)); telling=1; }
    printf '%s' "$line" | grep -Eq -- "(^| )($flags)([ =]|\$)" && { parts=$((parts + 1)); telling=1; }
    printf '%s' "$line" | grep -Eq -- '(^| )(-o|--url|--pool|--server)[ =][^ ]+:[0-9]{2,5}( |$)' && parts=$((parts + 1))
    printf '%s' "$line" | grep -Eiq -- "[ =/.@]($pools):[0-9]" && { parts=$((parts + 1)); telling=1; }
    [ "$parts" -ge 2 ] && [ "$telling" = 1 ] && found cmdline intent high "pid:$pid" false line "$line" ;;
  esac
  stat=$(cat "$folder/stat" 2>/dev/null) || continue
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  [ $# -ge 20 ] || continue
  used=$(((${12} + ${13}) / ticks)) 2>/dev/null || continue
  shift 19
  age=$((uptime - $1 / ticks))
  if [ "$age" -ge 7200 ] && [ $((used * 4)) -ge $((age * processors)) ]; then
    found cpu behaviour low "pid:$pid" false seconds "$used"
  fi
done

for file in /etc/crontab /etc/cron.d/* /var/spool/cron/* /var/spool/cron/crontabs/* /etc/rc.local /etc/profile.d/* \
  /etc/systemd/system/*.service /root/.bashrc /home/*/.bashrc /home/*/.profile /home/*/.config/autostart/*; do
  { [ -f "$file" ] && [ -r "$file" ]; } || continue
  one=$(grep -Ev '^[[:space:]]*#' "$file" 2>/dev/null | grep -Ei "$scheme|--donate-level|(curl|wget)[^|]*\|[[:space:]]*(ba|da)?sh|[ =]/(tmp|dev/shm|var/tmp)/\.?[A-Za-z0-9_.-]+" | head -n 1)
  [ -n "$one" ] || continue
  if printf '%s' "$one" | grep -Eiq "$scheme|--donate-level"; then
    found startup-miner intent high "file:$file" false line "$one"
    found startup persistence medium "file:$file" false line "$one"
  else
    found startup persistence medium "file:$file" true line "$one"
  fi
done

for file in /tmp/*.json /tmp/*/*.json /var/tmp/*.json /var/tmp/*/*.json /dev/shm/*.json /dev/shm/*/*.json /root/.*/*.json /home/*/*.json /home/*/.*/*.json; do
  { [ -f "$file" ] && [ -r "$file" ]; } || continue
  head -c 262144 "$file" 2>/dev/null | tr -d '\n' | grep -q '"pools"' || continue
  head -c 262144 "$file" | grep -Eq '"(donate-level|randomx|rig-id)"' && head -c 262144 "$file" | grep -Eq '"user"' &&
    found config intent high "file:$file" false path "$file"
done

[ -s /etc/ld.so.preload ] && found ld-preload stealth high host true libraries "$(cat /etc/ld.so.preload)"
while read -r _ _ _ _ point _; do
  case "$point" in /proc/[0-9]*) found proc-mount stealth high "pid:$(printf '%s' "${point#/proc/}" | cut -d/ -f1)" false mount "$point" ;; esac
done < /proc/self/mountinfo

# The result: the subject that shows most. The same rule as the other front ends.
result=$(awk -F '\t' -v seen="$seen" -v hidden="$hidden" '
  { key = $4; if (!((key, $2) in any)) { any[key, $2] = 1; count[key]++ }
    if ($5 == "false") strong[key, $2] = 1; subject[key] = 1 }
  END {
    best = 0
    for (key in subject) {
      firm = 0; decisive = 0; telling = 0; other = 0
      n = split("identity intent behaviour network stealth persistence", name, " ")
      for (i = 1; i <= n; i++) {
        if ((key, name[i]) in strong) { firm++; if (name[i] == "intent" || name[i] == "network") decisive = 1; if (name[i] != "behaviour") other = 1 }
        if ((key, name[i]) in any && (name[i] == "behaviour" || name[i] == "stealth")) telling = 1
      }
      families = count[key]
      if (firm) for (i = 1; i <= n; i++) if (("host", name[i]) in any && !((key, name[i]) in any)) { families++; if (name[i] == "stealth" || name[i] == "behaviour") telling = 1 }
      value = 0
      if (firm) value = 1
      if (families >= 2 && telling && other) value = 2
      if (decisive && families >= 2) value = 3
      if (value > best) best = value
    }
    if (best == 3) print "confirmed"; else if (best == 2) print "likely"; else if (best == 1) print "unclear"
    else if (seen == 0) print "not-able-to-tell"; else print "nothing-found"
  }' "$findings")

both() { printf '{"zh": "%s", "en": "%s"}' "$(sentence "$1_zh")" "$(sentence "$1_en")"; }

printf '{\n "schema": "minewarden/selfcheck/1",\n "program": "minewarden selfcheck",\n "front_end": "sh",\n "mode": "quick",\n'
printf ' "at": "%s",\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
printf ' "host": {"name": "%s", "system": "%s", "release": "%s"},\n' "$(hostname 2>/dev/null | plain)" "$(uname -s)" "$(uname -r | plain)"
key=$(printf '%s' "$result" | tr - _)
printf ' "result": "%s",\n "result_text": %s,\n "findings": [' "$result" "$(both "result_$key")"
comma=
while IFS="$(printf '\t')" read -r check family severity subject weak name text; do
  printf '%s\n  {"check": "%s", "family": "%s", "severity": "%s", "subject": "%s", "evidence": {"%s": "%s"}, "weak": %s, "related": [], "title": %s, "harmless": %s, "next": %s}' \
    "$comma" "$check" "$family" "$severity" "$(printf '%s' "$subject" | plain)" "$name" "$text" "$weak" \
    "$(both "check_$(printf '%s' "$check" | tr - _)")" "$(both "harmless_$family")" "$(both "next_$family")"
  comma=,
done < "$findings"
printf '],\n "coverage": {"checks": ["name", "disguise", "cmdline", "config", "cpu", "places", "ld-preload", "proc-mount", "startup"], "gaps": ['
comma=
for check in connections hidden hidden-module huge-pages msr gpu; do
  printf '%s{"check": "%s", "reason": "left-out", "count": 0, "needs_admin": false, "text": %s}' "$comma" "$check" "$(both gap_left_out)"
  comma=', '
done
[ "$hidden" -gt 0 ] && printf ', {"check": "places", "reason": "no-permission", "count": %s, "needs_admin": true, "text": %s}' "$hidden" "$(both gap_no_permission)"
printf ']}\n}\n'
{ sentence "result_${key}_${language}"; sentence "not_clean_${language}"; } >&2
case "$result" in confirmed | likely) exit 3 ;; esac
exit 0
