package alerts

import (
	"bufio"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"lazaret/internal/report"
)

// cefSeverity are severities of CEF, 0 to 10: 3 and less is low there, 4 to 6 medium, 7
// and 8 high, more very high.
var cefSeverity = [5]int{1, 3, 5, 8, 10}

const (
	maxCEF      = 8192 // bytes of a line in a file
	maxCEFHead  = 512  // of a field of the header, before escapes
	maxCEFValue = 4000 // of a value, what CEF allows to custom strings
	maxCEFText  = 1023 // of msg and reason
)

func writeCEF(w io.Writer, d *report.Document) error {
	buf := bufio.NewWriter(w)
	for i := range d.Findings {
		if _, err := buf.WriteString(CEF(&d.Findings[i], d.Version, maxCEF) + "\n"); err != nil {
			return err
		}
	}
	return buf.Flush()
}

// CEF is a finding as a line of the Common Event Format, version 0, without an end of
// line and of at most limit bytes, no less than 768. Keys come in the order of their
// worth: one that finds no room is left out, a long text is cut.
func CEF(f *report.Finding, version string, limit int) string {
	limit = max(limit, 768)
	b := &cefLine{limit: limit}
	b.WriteString("CEF:0|Lazaret|Lazaret|" + cefHead(version, 32) + "|" + cefHead(f.Rule, 48) + "|" +
		cefHead(title(f), min(maxCEFHead, limit/5)) + "|" + strconv.Itoa(gravity(f, cefSeverity)) + "|")
	b.time("start", f.Time)
	b.time("end", f.Last)
	from, to := ports(f)
	b.address("src", "c6a2", "Source IPv6 Address", f.Source.Address)
	b.address("dst", "c6a3", "Destination IPv6 Address", f.Target.Address)
	b.whole("smac", f.Source.MAC)
	b.number("spt", int(from))
	b.number("dpt", int(to))
	b.number("cnt", f.Count)
	if p := transport(f.Conn.Proto); p != "" {
		b.whole("proto", strings.ToUpper(p))
	}
	b.whole("externalId", ID(f))
	b.labelled("cs1", "ATT&CK", join(f.Attack))
	b.labelled("cs3", "Source role", string(f.Source.Role))
	if f.Target.Address != "" {
		b.labelled("cs4", "Target role", string(f.Target.Role))
	}
	if m := marks(f); len(m) > 0 {
		b.labelled("cs5", "Account (keyed mark)", join(m))
	}
	b.labelled("cfp1", "Confidence", decimal(f.Confidence))
	b.text("msg", summary(f), maxCEFText)
	b.labelled("cs2", "Evidence", join(facts(f)))
	b.text("reason", f.Why, maxCEFText)
	b.labelled("cs6", "Connections", join(f.UIDs))
	return b.String()
}

// cefLine grows by whole keys.
type cefLine struct {
	strings.Builder
	limit int
	more  bool // a key was written
}

// put adds what fits.
func (b *cefLine) put(s string) {
	if b.more {
		s = " " + s
	}
	if b.Len()+len(s) <= b.limit {
		b.WriteString(s)
		b.more = true
	}
}

func (b *cefLine) whole(key, value string) {
	if value != "" {
		b.put(key + "=" + cefValue(value))
	}
}

func (b *cefLine) number(key string, n int) {
	if n != 0 {
		b.put(key + "=" + strconv.Itoa(n))
	}
}

// time adds milliseconds since the epoch.
func (b *cefLine) time(key, value string) {
	if t := moment(value); !t.IsZero() {
		b.put(key + "=" + strconv.FormatInt(t.UnixMilli(), 10))
	}
}

// address adds an address under the key for its version: src and dst are for IPv4 alone.
func (b *cefLine) address(four, six, label, value string) {
	switch a, err := netip.ParseAddr(value); {
	case err != nil:
	case a.Unmap().Is4():
		b.put(four + "=" + a.Unmap().String())
	default:
		b.labelled(six, label, a.WithZone("").String())
	}
}

// labelled adds a custom key with its label, both or none.
func (b *cefLine) labelled(key, label, value string) {
	if value != "" {
		b.bounded(key+"Label="+cefValue(label)+" "+key+"=", value, maxCEFValue)
	}
}

func (b *cefLine) text(key, value string, most int) {
	if value != "" {
		b.bounded(key+"=", value, most)
	}
}

// bounded adds as much of a value as there is room for, if some words of it have room.
func (b *cefLine) bounded(head, value string, most int) {
	const least, mark = 16, "..."
	room := min(b.limit-b.Len()-len(head)-1, most)
	value = visible(value)
	if v := extension.Replace(value); len(v) <= room {
		b.put(head + v)
		return
	}
	room -= len(mark)
	n, size := 0, 0 // so many bytes of value are so many when escaped
	for i, r := range value {
		if size > room {
			break
		}
		n = i
		if size += utf8.RuneLen(r); r == '\\' || r == '=' {
			size++
		}
	}
	if n >= least {
		b.put(head + extension.Replace(value[:n]) + mark)
	}
}

// In the header a bar would end a field, in the extension an equals sign a value.
var (
	heading   = strings.NewReplacer(`\`, `\\`, `|`, `\|`)
	extension = strings.NewReplacer(`\`, `\\`, `=`, `\=`)
)

func cefHead(s string, most int) string { return heading.Replace(cut(visible(s), most)) }

func cefValue(s string) string { return extension.Replace(visible(s)) }
