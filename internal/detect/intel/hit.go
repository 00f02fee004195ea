package intel

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// maxLinks is how many lists of one indicator are told.
const maxLinks = 4

// hit reports what an entry and those of the same value say of the record. It tells
// whether anything was in force.
func (e *Engine) hit(k Kind, at uint32, part string) bool {
	col := e.col
	if col.where[0] != "" && e.text(col.where[0]) != col.where[1] {
		return false
	}
	for _, s := range e.seen[:e.nseen] {
		if s == at {
			return true
		}
	}
	var entries []uint32
	var sev detect.Severity
	now := seconds(int64(e.r.TS) / 1e9)
	expired := false
	for next, n := at, 0; next != 0 && n < maxChain; n++ {
		x := e.set.entry(next - 1)
		if until := get(x, atUntil); until != 0 && now >= until {
			expired = true
		} else if e.met(x) {
			sev = max(sev, severityOf(x))
			if len(entries) < maxLinks {
				entries = append(entries, next)
			}
		}
		next = get(x, atNext)
	}
	e.col = col
	if len(entries) == 0 {
		if expired {
			e.Expired++
		}
		return false
	}
	if e.nseen < len(e.seen) {
		e.seen[e.nseen] = at
		e.nseen++
	}
	e.tell(k, entries, sev, part)
	return true
}

// met says whether the conditions of an entry hold in the record.
func (e *Engine) met(x []byte) bool {
	n := get(x, atConditions)
	if n == 0 {
		return true
	}
	orig, host, nh := e.orig, e.host, e.nh // the value that is looked at stays
	ok := true
	for i := range e.set.conditions[n-1] {
		ok = ok && e.condition(&e.set.conditions[n-1][i])
	}
	e.orig, e.host, e.nh = orig, host, nh
	return ok
}

func (e *Engine) condition(t *term) bool {
	c := e.r.Conn
	switch t.kind {
	case portOnly:
		return c != nil && c.Resp.Port == t.port
	case pathEnd:
		return e.below(t.value)
	}
	col := e.col
	e.want, e.held = t, false
	if c != nil && (t.kind == Address || t.kind == Network) {
		e.address(c.Orig.IP)
		e.address(c.Resp.IP)
	}
	for i := range e.p.all {
		e.look(&e.p.all[i])
	}
	held := e.held
	e.want, e.held, e.col = nil, false, col
	return held
}

// below says whether the path in the record and that of the indicator end alike, with
// a folder at least: a record begins at the share, an indicator at the drive.
func (e *Engine) below(want string) (yes bool) {
	e.col.access.Each(e.r, func(v event.Value) bool {
		p := strings.Trim(strings.ToLower(strings.ReplaceAll(v.Text, "/", `\`)), `\`)
		yes = yes || strings.Contains(p, `\`) && (ends(p, want) || ends(want, p))
		return !yes
	})
	return yes
}

func ends(long, short string) bool { return long == short || strings.HasSuffix(long, `\`+short) }

// text is the first value of a column of the record, empty if there is none.
func (e *Engine) text(name string) (s string) {
	if a, ok := e.p.schema.Access(name); ok {
		a.Each(e.r, func(v event.Value) bool {
			s = v.String()
			return false
		})
	}
	return s
}

// tell makes the hit.
func (e *Engine) tell(k Kind, entries []uint32, sev detect.Severity, part string) {
	f, r := e.col.Field, e.r
	x := e.set.entry(entries[0] - 1)
	rule := &rules[ruleOf[k]]
	if sev == detect.None {
		sev = rule.Severity
	}
	steps, outcome := e.outcome()
	steps += f.Steps
	if part != "" {
		steps++
	}
	sev = max(detect.Info, sev-min(sev, detect.Severity(steps)))
	h := detect.Hit{Rule: rule, Time: r.TS, Topic: printable(shown(k, valueOf(x))), Severity: sev, Confidence: rule.Confidence}
	if c := x[atConfidence]; c != noSay {
		h.Confidence = max(float64(c)/100*rule.Confidence, 0.01)
	}
	if part != "" {
		h.Confidence /= 2
		h.Facts = append(h.Facts, detect.Fact{Field: "intel.compared", Value: part})
	}
	e.parties(&h)
	h.Facts = append(h.Facts, detect.FactsOf(r, f.Column)...)
	if outcome != "" {
		h.Facts = append(h.Facts, detect.Fact{Field: "intel.outcome", Value: outcome})
	}
	if from := get(x, atFrom); from != 0 && seconds(int64(r.TS)/1e9) < from {
		h.Confidence /= 2
		h.Facts = append(h.Facts, detect.Fact{Field: "intel.valid_from", Value: event.Time(int64(from) * 1e9).RFC3339()})
	}
	for _, at := range entries {
		h.Facts = e.set.facts(h.Facts, e.set.entry(at-1))
	}
	e.report(h)
}

// parties are who did it to whom. A question to a resolver is to nobody.
func (e *Engine) parties(h *detect.Hit) {
	c := e.r.Conn
	if c == nil {
		return
	}
	h.Source, h.Target = c.Orig.IP, c.Resp.IP
	if _, ok := e.p.schema.Access("is_orig"); ok && e.text("is_orig") != "true" {
		h.Source, h.Target = h.Target, h.Source
	}
	if e.p.schema.Name == "dns" {
		h.Target = netid.IP{}
	}
	if c.UID != "" {
		h.UIDs, h.Conn = []string{c.UID}, *c
	}
	h.Account = e.text("user")
}

// facts are what a list says of an indicator.
func (s *Set) facts(to []detect.Fact, x []byte) []detect.Fact {
	list := &s.lists[get(x, atList)]
	add := func(field, value string) {
		if value != "" {
			to = append(to, detect.Fact{Field: "intel." + field, Value: value})
		}
	}
	name := list.File
	if list.Name != "" {
		name += ": " + list.Name
	}
	add("list", name)
	add("list_about", list.About)
	if at := get(x, atText); at != 0 {
		parts := strings.Split(string(s.text(at-1)), apart)
		for i, field := range [...]string{"name", "comment", "labels", "id"} {
			add(field, parts[i])
		}
	}
	return to
}

// shown is an indicator as people write it.
func shown(k Kind, v []byte) string {
	switch {
	case k == Address:
		return netid.IPFrom16(v).String()
	case k == Network:
		a, n := netid.IPFrom16(v).Addr(), int(v[16])
		if a.Is4() {
			n -= 96
		}
		return netip.PrefixFrom(a, n).String()
	case hashSize[k] > 0:
		return hex.EncodeToString(v)
	}
	return cut(string(v))
}

// outcome is what became of it, and how many steps that is less than an answer.
func (e *Engine) outcome() (steps int, what string) {
	switch e.p.schema.Name {
	case "conn":
		return e.spoken()
	case "dns":
		return e.resolved()
	case "http":
		status := e.text("status_code")
		switch {
		case status == "":
			return 1, "not answered"
		case status[0] >= '4' && e.col.Kinds[0] != Domain:
			return 1, "refused with status " + status
		}
		return 0, "answered with status " + status
	case "ssl":
		return step(e.text("established") == "true" || e.text("cipher") != "", "the server answered", "the server did not answer")
	case "quic":
		return step(e.text("server_scid") != "", "the server answered", "the server did not answer")
	case "files":
		if e.col.Kinds[0] == FileName {
			return 0, ""
		}
		return step(e.text("executable") == "true", "a program or script", "no program by its content")
	case "smb_files":
		done := e.text("action")
		changed := done == "SMB::FILE_WRITE" || done == "SMB::FILE_RENAME" || strings.Contains("created overwritten superseded", e.text("result")) && e.text("result") != ""
		return step(changed, "written", "opened or read")
	case "smb_tried":
		return 0, "refused or not answered"
	case "ftp":
		return step(strings.HasPrefix(e.text("reply_code"), "2"), "done", "refused or not answered")
	case "tftp":
		return step(e.text("answered") == "true" && e.text("error") == "", "answered", "refused or not answered")
	case "dicom":
		return step(e.text("result") == "accepted", "accepted", e.text("result"))
	case "dicom_op":
		s := e.text("status_name")
		return step(s == "success" || s == "pending" || s == "warning", s, "failed or not answered")
	case "dce_rpc":
		s := e.text("outcome")
		return step(s == "accepted" || s == "answered", s, "refused, failed or not answered "+s)
	}
	return 0, ""
}

func step(good bool, yes, no string) (int, string) {
	if good {
		return 0, yes
	}
	return 1, no
}

// spoken says whether two hosts spoke, by Zeek's states of conversations.
func (e *Engine) spoken() (int, string) {
	state := e.text("conn_state")
	answered := strings.Contains(" S1 S2 S3 SF RSTO RSTR ", " "+state+" ") ||
		state == "OTH" && e.text("orig_pkts") != "0" && e.text("resp_pkts") != "0"
	who := "outgoing"
	if e.col.how == asOrig {
		who = "incoming"
	}
	return step(answered, who+", answered ("+state+")", who+", not answered ("+state+")")
}

// resolved says what a resolver answered.
func (e *Engine) resolved() (int, string) {
	if code := e.text("rcode_name"); code != "NOERROR" {
		if code == "" {
			return 1, "not answered"
		}
		return 1, "answered " + code
	}
	n, real := 0, 0
	if a, ok := e.p.schema.Access("answers"); ok {
		a.Each(e.r, func(v event.Value) bool {
			n++
			ip, ok := literal(v.Text)
			if !ok || !ip.Addr().IsLoopback() && !ip.Addr().IsUnspecified() {
				real++
			}
			return true
		})
	}
	switch {
	case n == 0:
		return 1, "no such records"
	case real == 0:
		return 1, "answered by a sinkhole: no address of anybody"
	}
	return 0, fmt.Sprintf("resolved, %d records", n)
}
