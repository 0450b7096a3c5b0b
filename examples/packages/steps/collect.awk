# dpkg's status file → package, architecture, section, KiB, depends, provides; tab-separated.
#
# Stanzas end at an empty line; a line that begins with a space continues the field before it; the
# names of fields may be written in any case. Only packages whose third word of Status is
# `installed` count: the rest was removed, or is half-way. (deb-control(5), dpkg-query(1))

function flush_stanza(    words) {
  split(field["status"], words, " ")
  if (words[3] == "installed") {
    section = field["section"] == "" ? "(none)" : field["section"]
    print field["package"] "\t" field["architecture"] "\t" section "\t" field["installed-size"] + 0 \
      "\t" relations(field["pre-depends"] "," field["depends"]) "\t" relations(field["provides"])
  }
  split("", field)
  name = ""
}

# "libc6 (>= 2.34), debconf | debconf-2.0, python3:any" → "libc6 debconf debconf-2.0 python3"
function relations(text) {
  gsub(/\([^)]*\)/, "", text)
  gsub(/\[[^]]*\]/, "", text)
  gsub(/:[a-z0-9-]+/, "", text)
  gsub(/[ \t,|]+/, " ", text)
  gsub(/^ | $/, "", text)
  return text
}

/^[ \t]*$/ { flush_stanza(); next }
/^[ \t]/ { field[name] = field[name] " " $0; next }
{
  colon = index($0, ":")
  if (colon == 0) next
  name = tolower(substr($0, 1, colon - 1))
  value = substr($0, colon + 1)
  sub(/^[ \t]+/, "", value)
  sub(/[ \t\r]+$/, "", value)
  field[name] = value
}
END { flush_stanza() }
