# Reads packages.tsv twice → package, number of installed packages that depend on it.
#
# First pass: what is installed, and who provides which name. Second pass: each dependent counts
# once for a package, whether it names it, one of its alternatives, or a name that it provides.

FNR == 1 { pass++ }
pass == 1 {
  installed[$1] = 1
  count = split($6, names, " ")
  for (i = 1; i <= count; i++) providers[names[i]] = providers[names[i]] " " $1
  next
}
{
  split("", met)
  count = split($5, names, " ")
  for (i = 1; i <= count; i++) {
    if (names[i] in installed) met[names[i]] = 1
    more = split(providers[names[i]], who, " ")
    for (j = 1; j <= more; j++) met[who[j]] = 1
  }
  for (other in met) if (other != $1 && !(($1, other) in seen)) { seen[$1, other] = 1; dependents[other]++ }
}
END { for (package in installed) print package "\t" dependents[package] + 0 }
