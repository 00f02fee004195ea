package ftp

import (
	"lazaret/internal/rest"
	"slices"
	"strings"
)

// said are the words with which servers answer, in order. The text of a reply is
// free (RFC 959 4.2) and may name a patient: other words leave no parser.
var said = []string{
	"a", "abort", "aborted", "about", "accept", "accepted", "accepting", "access", "account", "acct", "action",
	"active", "address", "after", "again", "all", "already", "and", "anonymous", "any", "appe", "append", "are",
	"argument", "arguments", "as", "ascii", "at", "auth", "authentication", "available", "average", "back", "bad", "be",
	"been", "begin", "being", "binary", "block", "broken", "but", "by", "bye", "bytes", "bytes/s", "bytes/sec", "can",
	"can't", "cannot", "cdup", "close", "closed", "closing", "cmd", "code", "command", "commands", "complete",
	"completed", "connect", "connected", "connecting", "connection", "connections", "consider", "control", "could",
	"couldn't", "created", "current", "currently", "cwd", "daemon", "data", "dele", "delete", "deleted", "denied",
	"did", "dir", "directory", "disabled", "disconnect", "do", "does", "doesn't", "don't", "done", "down", "duplicate",
	"eh", "elapsed", "empty", "enabled", "end", "ending", "enter", "entered", "entering", "eprt", "epsv", "error",
	"established", "exceeded", "exist", "exists", "expired", "explicit", "extended", "extensions", "fail", "failed",
	"failure", "feat", "feature", "features", "file", "files", "first", "follow", "following", "for", "forbidden",
	"force", "found", "from", "ftp", "full", "get", "go", "good", "goodbye", "got", "greeting", "guest", "had", "has",
	"have", "hello", "help", "here", "host", "i", "idle", "if", "illegal", "image", "implemented", "in", "incomplete",
	"incorrect", "information", "initial", "input", "insufficient", "interrupted", "into", "invalid", "io", "is",
	"isn't", "it", "kb", "kb/s", "kbytes", "kbytes/s", "kbytes/sec", "kib/s", "large", "level", "limit", "line", "link",
	"list", "listing", "local", "locked", "log", "logged", "login", "logout", "long", "lost", "make", "many", "marker",
	"maximum", "may", "mb", "mb/s", "mbytes", "mbytes/s", "mbytes/sec", "mdtm", "measured", "memory", "message", "mfmt",
	"mib/s", "min", "mkd", "mlsd", "mlst", "mode", "modification", "more", "moved", "must", "name", "need", "needed",
	"negotiated", "network", "new", "nlst", "no", "none", "noop", "not", "nothing", "now", "number", "of", "off",
	"offset", "ok", "okay", "on", "only", "open", "opened", "opening", "operation", "option", "options", "opts", "or",
	"order", "other", "out", "over", "overwrite", "parameter", "parameters", "pass", "passive", "passwd", "password",
	"pasv", "path", "pbsz", "pending", "per", "permission", "permitted", "please", "port", "ports", "private",
	"privileges", "problem", "prohibited", "prot", "protection", "protocol", "public", "put", "pwd", "queue", "quit",
	"quota", "rate", "ready", "received", "recognized", "refused", "rein", "reject", "rejected", "removed", "rename",
	"renamed", "reply", "request", "requested", "required", "reset", "response", "rest", "restart", "restarted",
	"restarting", "restricted", "results", "resume", "retr", "rfc", "rmd", "rnfr", "rnto", "root", "running", "s",
	"sec", "second", "seconds", "security", "seems", "send", "sending", "sent", "sequence", "server", "service",
	"session", "set", "short", "shutting", "site", "size", "so", "socket", "some", "sorry", "space", "specified",
	"speed", "spurious", "ssl", "ssl/tls", "start", "started", "starting", "stat", "state", "status", "stop", "stor",
	"storage", "store", "stored", "stou", "stream", "stru", "structure", "success", "successful", "successfully",
	"such", "suffix", "supported", "syntax", "syst", "system", "take", "temporarily", "temporary", "terminated",
	"terminating", "that", "the", "then", "there", "this", "time", "timed", "timeout", "tls", "to", "too", "total",
	"transfer", "transferred", "transmission", "transmitted", "try", "trying", "type", "umask", "unable", "unavailable",
	"undefined", "understood", "unexpected", "unknown", "unrecognized", "unsuccessful", "unsupported", "up", "upload",
	"use", "used", "user", "username", "users", "using", "utf", "utf8", "value", "verb", "version", "via", "wait",
	"waiting", "was", "wasn't", "welcome", "were", "what", "while", "will", "with", "without", "won't", "would",
	"write", "wrong", "xcup", "xcwd", "xmkd", "xml", "xpwd", "xrmd", "you", "your", "zero",
}

// unsaid is what stands for a word that is none of the above.
const unsaid = "~"

// plainWords replaces words that servers do not answer with. Numbers, addresses,
// marks and what holds no letter stay.
func plainWords(text string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		core := strings.Trim(w, edges+"=+*|-_~#")
		if core == "" || !strings.ContainsFunc(core, letter) || strings.HasPrefix(core, unsaid) || containsMark(core) {
			continue
		}
		if _, ok := slices.BinarySearch(said, strings.ToLower(core)); !ok && !generically(core) {
			words[i] = strings.Replace(w, core, unsaid, 1)
		}
	}
	return strings.Join(words, " ")
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0x7f }

// containsMark says whether a name of a path in it is a keyed mark.
func containsMark(s string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '\\' }), rest.Marked)
}

// generically says whether s is a path of generic names or a program's name, which
// rest.MaskName lets pass.
func generically(s string) bool {
	for _, name := range strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '\\' }) {
		if !rest.Generic(name) {
			return false
		}
	}
	return true
}
