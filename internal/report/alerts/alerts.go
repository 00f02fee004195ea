// Package alerts writes findings for other systems.
//
// Each format is one file here and one value in the list of formats: JSON lines with the
// field names of Elastic's Common Schema, Zeek's notice log, the Common Event Format, a
// table, a layer of the ATT&CK Navigator, and the messages of syslog (RFC 5424). All tell
// the findings of a report.Document in its order, worst first, and add none of their own;
// the same Document gives the same bytes.
//
// It refuses to send: a message of syslog is made here, and whoever has a connection sends
// it. Text from the traffic is hostile. It is escaped for the format it goes into; what
// people read (titles, comments, cells, messages) shows characters that are not printable by
// their numbers, so that no line is broken and no terminal obeys. Accounts come as keyed
// marks and go out as such. It reads no clock: the times are those of the packets.
//
// Writers keep nothing of a Document and change nothing in it. A message of syslog and a
// line of CEF have a size that the caller sets.
package alerts

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lazaret/internal/detect"
	"lazaret/internal/report"
)

// Formats lists all formats in the order of the help.
func Formats() []report.Format {
	return []report.Format{
		{Name: "ecs", Suffix: ".ecs.jsonl", Doc: "JSON lines, Elastic Common Schema " + ecsVersion, Write: writeECS},
		{Name: "notice", Suffix: ".notice.log", Doc: "JSON lines as Zeek's notice.log", Write: writeNotice},
		{Name: "cef", Suffix: ".cef", Doc: "lines of the Common Event Format", Write: writeCEF},
		{Name: "findings", Suffix: ".findings.csv", Doc: "one row per finding", Write: writeTable},
		{Name: "layer", Suffix: ".layer.json", Doc: "layer of the ATT&CK Navigator, format " + layerVersion, Write: writeLayer},
	}
}

// ByName finds a format; ok is false if there is none of that name.
func ByName(name string) (f report.Format, ok bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return report.Format{}, false
}

// ByFile finds the format that a file's name asks for.
func ByFile(file string) (f report.Format, ok bool) {
	for _, f := range Formats() {
		if strings.HasSuffix(strings.ToLower(file), f.Suffix) {
			return f, true
		}
	}
	return report.Format{}, false
}

// ID names a finding: it is the same whenever the same is found in the same packets, so
// that a system which gets it twice can tell. It is 32 hexadecimal digits.
func ID(f *report.Finding) string {
	h := sha256.New()
	for _, s := range []string{f.Rule, f.Time, cmp.Or(f.Source.Address, f.Source.MAC), f.Target.Address, f.Topic} {
		fmt.Fprintf(h, "%d:%s", len(s), s) // lengths keep neighbours apart
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// title is the rule's with what tells the finding from others of it.
func title(f *report.Finding) string {
	if f.Topic == "" {
		return visible(f.Title)
	}
	return visible(f.Title + ": " + f.Topic)
}

// summary is a finding in one line: how grave, what, who to whom, how often.
func summary(f *report.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s; %s", strings.ToUpper(f.Severity), visible(f.Rule), title(f), party(&f.Source))
	if f.Target.Address != "" {
		b.WriteString(" -> " + party(&f.Target))
	}
	if f.Count > 1 {
		fmt.Fprintf(&b, ", %d times", f.Count)
	}
	return b.String()
}

func party(p *report.Party) string {
	card := p.MAC
	if p.Vendor != "" {
		card += " by " + p.Vendor
	}
	return visible(fmt.Sprintf("%s (%s)", cmp.Or(p.Address, card, "unknown"), p.Role))
}

// facts are the evidence as "field=value".
func facts(f *report.Finding) []string {
	out := make([]string, 0, len(f.Evidence))
	for _, e := range f.Evidence {
		out = append(out, e.Field+"="+e.Value)
	}
	return out
}

// marks are the keyed marks of accounts in the evidence, each once.
func marks(f *report.Finding) []string {
	var out []string
	for _, e := range f.Evidence {
		if e.Account && e.Value != "" {
			out = addOnce(out, e.Value)
		}
	}
	return out
}

func addOnce(list []string, s string) []string {
	for _, x := range list {
		if x == s {
			return list
		}
	}
	return append(list, s)
}

// ports are those of the two parties in the conversation that is known, 0 if none is or
// if it was not between them.
func ports(f *report.Finding) (source, target uint16) {
	c := &f.Conn
	if c.UID == "" {
		return 0, 0
	}
	orig, resp := c.Orig.IP.String(), c.Resp.IP.String()
	switch {
	case f.Source.Address == orig && f.Target.Address == resp:
		return c.Orig.Port, c.Resp.Port
	case f.Source.Address == resp && f.Target.Address == orig:
		return c.Resp.Port, c.Orig.Port
	case f.Source.Address == orig && f.Target.Address == "":
		return c.Orig.Port, 0
	}
	return 0, 0
}

// transport is Zeek's word for an IP protocol, which is ECS's too.
func transport(proto uint8) string {
	switch proto {
	case 1:
		return "icmp"
	case 6:
		return "tcp"
	case 17:
		return "udp"
	case 58:
		return "ipv6-icmp"
	}
	return ""
}

// address is a valid one, or empty.
func address(s string) string {
	if _, err := netip.ParseAddr(s); err != nil {
		return ""
	}
	return s
}

// gravity is the place of a severity in a scale from that of info to that of critical.
func gravity(f *report.Finding, scale [5]int) int {
	s, err := detect.ParseSeverity(f.Severity)
	if err != nil {
		return scale[0]
	}
	return scale[s-detect.Info]
}

// moment reads a time of a finding; zero if it is none.
func moment(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// visible shows what is not printable by its number: a byte as \xhh, a character as
// \uhhhh. Line breaks, control characters and those that turn the direction of writing
// are among them.
func visible(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			number(&b, `\x`, rune(s[i]), 2)
		case hidden(r) && r < 0x100:
			number(&b, `\x`, r, 2)
		case hidden(r):
			number(&b, `\u`, r, 4)
		default:
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// number writes a sign and a number of at least so many hexadecimal digits.
func number(b *strings.Builder, sign string, v rune, digits int) {
	b.WriteString(sign)
	for digits < 8 && v>>(4*digits) != 0 {
		digits++
	}
	for digits--; digits >= 0; digits-- {
		b.WriteByte("0123456789abcdef"[v>>(4*digits)&15])
	}
}

func hidden(r rune) bool { return !unicode.IsPrint(r) }

// cut bounds a text to n bytes without breaking a character.
func cut(s string, n int) string {
	const mark = "..."
	if len(s) <= n {
		return s
	}
	if n < len(mark) {
		return ""
	}
	n -= len(mark)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + mark
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// lines writes one value per finding as JSON lines. HTML's characters stay as they are:
// the text is no part of a page.
func lines(w io.Writer, d *report.Document, of func(f *report.Finding) any) error {
	buf := bufio.NewWriter(w)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	for i := range d.Findings {
		if err := enc.Encode(of(&d.Findings[i])); err != nil {
			return err
		}
	}
	return buf.Flush()
}
