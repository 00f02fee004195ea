package intel

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
)

// readPlain reads a list of one indicator a line. What stands behind # is a comment;
// before a URL's own # there is no space.
func (l *loader) readPlain(b *bufio.Reader, g *guard) {
	for n := 1; ; n++ {
		g.reset()
		line, err := b.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			g.reset()
			_, err = b.ReadSlice('\n')
		}
		if long {
			l.fault(n, "", "the line is longer than 65536 bytes")
		} else {
			l.plainLine(n, strings.TrimSpace(string(line)))
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				l.fault(n, "", "cannot be read: "+err.Error())
			}
			return
		}
	}
}

func (l *loader) plainLine(n int, s string) {
	s = strings.TrimSpace(strings.TrimPrefix(s, "\ufeff"))
	m := meta{confidence: -1}
	if s == "" || s[0] == '#' || s[0] == ';' {
		return
	}
	if i := strings.IndexAny(s, "#;"); i > 0 {
		for j := i; j < len(s); j++ {
			if (s[j] == '#' || s[j] == ';') && (s[j-1] == ' ' || s[j-1] == '\t') && l.commented(s) {
				s, m.comment = strings.TrimSpace(s[:j]), strings.TrimSpace(s[j+1:])
				break
			}
		}
	}
	k, value, why := guess(s)
	if why != "" {
		l.fault(n, s, why)
		return
	}
	l.take(n, s, m, term{kind: k, value: value})
}

// numeric tells addresses, networks and hashes by their form.
func numeric(v string) Kind {
	if n := len(v); (n == 32 || n == 40 || n == 64) && strings.Trim(v, "0123456789abcdefABCDEF") == "" {
		switch n {
		case 32:
			return MD5
		case 40:
			return SHA1
		}
		return SHA256
	}
	if strings.ContainsAny(v, ".:") && strings.Trim(v, "0123456789abcdefABCDEF.:/[]%") == "" || strings.Contains(v, "%") {
		if _, err := netip.ParsePrefix(v); err == nil {
			return Network
		}
		if _, err := netip.ParseAddr(v); err == nil {
			return Address
		}
		if _, err := netip.ParseAddrPort(v); err == nil {
			return Address
		}
	}
	return None
}

// commented says whether a line may have a comment at its end: a user agent has
// semicolons of its own.
func (l *loader) commented(s string) bool {
	k, _ := prefixed(s)
	return k != UserAgent
}

// prefixed takes the name of a kind before a colon off.
func prefixed(s string) (Kind, string) {
	i := strings.IndexByte(s, ':')
	if i <= 0 || i+1 == len(s) {
		return None, s
	}
	k := kindByWord(s[:i])
	if k == None {
		return None, s
	}
	if _, err := netip.ParseAddr(s); err == nil { // ae::1 is an address
		return None, s
	}
	return k, strings.TrimSpace(s[i+1:])
}

// notDomains are extensions of files that are no top-level domains; in order.
var notDomains = []string{
	"bat", "bin", "cmd", "dat", "dcm", "dll", "doc", "docx", "exe", "hta", "html", "jar", "jpg", "js", "lnk", "msi", "pdf", "php",
	"png", "ps1", "scr", "sys", "tmp", "txt", "vbs", "wsf", "xls", "xlsx", "xml",
}

// guess tells the kind of an indicator by its form, or by a prefix.
func guess(s string) (Kind, string, string) {
	if k, v := prefixed(s); k != None {
		return k, v, ""
	}
	v := refang(s)
	if k := numeric(v); k != None {
		return k, v, ""
	}
	switch ext := v[strings.LastIndexByte(v, '.')+1:]; {
	case isJA4(strings.ToLower(v)):
		return JA4, v, ""
	case strings.Contains(v, "://"):
		return URL, v, ""
	case strings.ContainsAny(v, " \t\\"):
	case strings.Contains(v, "@"):
		return Email, v, ""
	case strings.Contains(v, "/") && strings.Contains(v[:strings.IndexByte(v, '/')], "."):
		return URL, v, ""
	case slices.Contains(notDomains, strings.ToLower(ext)) && strings.Contains(v, "."):
		return None, s, "looks like the name of a file, which needs the prefix file:"
	case strings.Contains(v, "."), kindByWord(v) == None && nameFault(strings.ToLower(v)) == "" && len(v) < 20:
		return Domain, v, "" // a single label is refused with its reason
	}
	return None, s, "is no address, network, domain, URL, mail address or hash; other kinds need a prefix: ae:, ua:, file:, ja3:, ja4:, hassh:, service:, sni:, cert:"
}

// columns are what a CSV list may have.
var columns = []string{"type", "value", "comment", "severity", "source", "valid_from", "valid_until", "confidence"}

// csvHead says whether a text begins with a header of CSV, and what stands between
// its fields.
func csvHead(b []byte) (sep rune, ok bool) {
	for line := range strings.SplitSeq(string(b), "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
		if line == "" || line[0] == '#' {
			continue
		}
		for _, sep := range ",;\t" {
			fields := strings.Split(line, string(sep))
			for i := range fields {
				fields[i] = columnOf(fields[i])
			}
			if slices.Contains(fields, "value") && (len(fields) > 1 || sep == ',') {
				return sep, true
			}
		}
		return ',', kindByWord(line) != None
	}
	return 0, false
}

// columnOf is a field of a header as our columns are called.
func columnOf(s string) string {
	s = strings.ToLower(strings.Trim(strings.TrimSpace(s), `"`))
	switch s {
	case "indicator", "ioc":
		return "value"
	case "kind", "indicator_type", "ioc_type":
		return "type"
	case "description":
		return "comment"
	}
	return s
}

// readCSV reads a list with a header (RFC 4180); lines that begin with # are left out.
func (l *loader) readCSV(b *bufio.Reader, g *guard, sep rune) {
	r := csv.NewReader(b)
	r.Comma, r.Comment, r.FieldsPerRecord, r.ReuseRecord, r.TrimLeadingSpace = sep, '#', -1, true, true
	var h *header
	for {
		g.reset()
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			var bad *csv.ParseError
			if !errors.As(err, &bad) {
				l.fault(0, "", "cannot be read: "+err.Error())
				return
			}
			l.fault(bad.Line, fmt.Sprintf("column %d", bad.Column), "is no CSV: "+bad.Err.Error())
			continue
		}
		line, _ := r.FieldPos(0)
		if h == nil {
			h = l.header(line, row)
			continue
		}
		if len(row) == 1 && strings.TrimSpace(row[0]) == "" {
			continue
		}
		l.csvRow(line, row, h)
	}
}

// header is where the columns of a CSV list are.
type header struct {
	place map[string]int
	has   [6]int // places of what csvMeta asks for, -1 for none
	value int
	word  int // of the type, -1 for none
	last  string
	kind  Kind // of last, the word for the type of the row before
	width int
	fixed Kind // of all values, if the only column is called after it
}

func (l *loader) header(line int, row []string) *header {
	h := &header{place: map[string]int{}, width: len(row)}
	for i, f := range row {
		f = columnOf(f)
		if len(row) == 1 && f != "value" {
			h.fixed, f = kindByWord(f), "value"
		}
		if !slices.Contains(columns, f) {
			l.fault(line, f, "is no column of a list: "+strings.Join(columns, ", "))
			continue
		}
		if _, twice := h.place[f]; twice {
			l.fault(line, f, "is a column twice")
			continue
		}
		h.place[f] = i
	}
	at := func(name string) int {
		if i, ok := h.place[name]; ok {
			return i
		}
		return -1
	}
	for i, name := range [...]string{"comment", "source", "severity", "valid_from", "valid_until", "confidence"} {
		h.has[i] = at(name)
	}
	h.value, h.word = at("value"), at("type")
	return h
}

// cell is a field of a row, empty if there is none.
func cell(row []string, i int) string {
	if i < 0 || i >= len(row) {
		return ""
	}
	return strings.TrimSpace(row[i])
}

// typed is the kind that a row names. Rows of one kind stand together more often than not.
func (h *header) typed(word string) Kind {
	if word != h.last {
		h.last, h.kind = strings.Clone(word), kindByWord(word)
	}
	return h.kind
}

func (l *loader) csvRow(line int, row []string, h *header) {
	value, k := cell(row, h.value), h.fixed
	if len(row) > h.width {
		l.fault(line, value, fmt.Sprintf("the line has %d fields, the header %d", len(row), h.width))
		return
	}
	m, why := csvMeta(row, h)
	if why != "" {
		l.fault(line, value, why)
		return
	}
	switch word := cell(row, h.word); {
	case word != "":
		if k = h.typed(word); k == None {
			l.fault(line, word, "is no type of indicator: "+strings.Join(kindWords(), ", "))
			return
		}
	case k == None && value != "":
		if k, value, why = guess(value); why != "" {
			l.fault(line, value, why)
			return
		}
	case k == None:
		k = Domain // empty: refused with its reason
	}
	l.take(line, "", m, term{kind: k, value: value})
}

func kindWords() []string {
	var out []string
	for k := Address; k < kinds; k++ {
		out = append(out, k.String())
	}
	return out
}

// csvMeta reads what a row says besides the indicator.
func csvMeta(row []string, h *header) (m meta, why string) {
	m = meta{confidence: -1, comment: cell(row, h.has[0]), name: cell(row, h.has[1])}
	if s := cell(row, h.has[2]); s != "" {
		sev, err := detect.ParseSeverity(strings.ToLower(s))
		if err != nil {
			return m, err.Error()
		}
		m.severity = sev
	}
	for i, to := range [...]*int64{&m.from, &m.until} {
		if s := cell(row, h.has[3+i]); s != "" {
			t, err := event.ParseTime(s)
			if err != nil {
				return m, fmt.Sprintf("%s %q is no time such as 2026-01-31 or 2026-01-31T12:00:00Z", [...]string{"valid_from", "valid_until"}[i], cut(s))
			}
			*to = int64(t) / 1e9
		}
	}
	if s := cell(row, h.has[5]); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n > 100 {
			return m, fmt.Sprintf("confidence %q is no number from 0 to 100", cut(s))
		}
		m.confidence = n
	}
	return m, ""
}
