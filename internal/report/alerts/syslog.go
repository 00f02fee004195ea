package alerts

import (
	"strconv"
	"strings"

	"lazaret/internal/report"
)

// Sender is what every message of one sender says of it.
type Sender struct {
	Facility int    // 0 to 23, RFC 5424 section 6.2.1
	Host     string // its name, or empty; the first 128 characters go out
	Version  string // of the program
}

// sdID names our structured data. Its number is that which is set apart for examples: the
// project has none of its own, and names without one belong to the standard.
const sdID = "lazaret@32473"

// syslogSeverity are those of RFC 5424: informational, notice, warning, error, critical.
var syslogSeverity = [5]int{6, 5, 4, 3, 2}

// Message is a finding as a message of syslog (RFC 5424) of at most limit bytes, no
// less than 2048, what every receiver should take (section 6.1). Its text is CEF; structured
// data has what filters ask for. The text has no byte order mark, as readers of CEF want
// it, though it is UTF-8.
func (s Sender) Message(f *report.Finding, limit int) []byte {
	limit = max(limit, 2048)
	b := make([]byte, 0, 2048)
	b = append(b, '<')
	b = strconv.AppendInt(b, int64(s.Facility*8+gravity(f, syslogSeverity)), 10)
	b = append(b, ">1 "...)
	if t := moment(f.Time); t.IsZero() {
		b = append(b, '-')
	} else {
		b = t.AppendFormat(b, "2006-01-02T15:04:05.000000Z07:00") // no more than six digits
	}
	b = append(b, ' ')
	b = append(b, header(s.Host, 128)...)
	b = append(b, " lazaret - "...)
	id := header(f.Rule, 1<<10)
	if len(id) > 32 { // of MSGID; a number of another's rule is in the structured data
		id = header(f.Engine, 32)
	}
	b = append(b, id...)
	b = append(b, " [origin software=\"lazaret\" swVersion=\""+param(cut(visible(s.Version), 32))+"\"]["+sdID...)
	for _, p := range [][2]string{
		{"id", ID(f)}, {"rule", f.Rule}, {"engine", f.Engine}, {"severity", f.Severity}, {"confidence", decimal(f.Confidence)},
		{"src", f.Source.Address}, {"srcMac", f.Source.MAC}, {"srcRole", string(f.Source.Role)}, {"dst", f.Target.Address}, {"dstRole", string(f.Target.Role)},
		{"attack", strings.Join(f.Attack, " ")}, {"topic", f.Topic}, {"last", f.Last},
	} {
		if p[1] != "" {
			b = append(b, " "+p[0]+"=\""+param(cut(visible(p[1]), 48))+"\""...)
		}
	}
	b = append(b, "] "...)
	return append(b, CEF(f, s.Version, limit-len(b))...)
}

// header is a field of the header: printable ASCII without spaces, or "-".
func header(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r
		}
		return -1
	}, s)
	if s == "" {
		return "-"
	}
	return s[:min(len(s), most)]
}

// param is the value of a parameter (RFC 5424 section 6.3.3).
func param(s string) string { return parameter.Replace(s) }

var parameter = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`)
