package alerts

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"lazaret/internal/report"
)

// notice is a record of Zeek's notice.log as its JSON writer has it: the same names, in
// the order of Notice::Info; what is not known is left out. The conversation is that of
// the first hit, and id.* is who began it, whatever the finding says of it; src and dst are
// who did something and to whom.
type notice struct {
	TS       json.RawMessage `json:"ts"` // epoch seconds
	UID      string          `json:"uid,omitempty"`
	OrigH    string          `json:"id.orig_h,omitempty"`
	OrigP    *uint16         `json:"id.orig_p,omitempty"`
	RespH    string          `json:"id.resp_h,omitempty"`
	RespP    *uint16         `json:"id.resp_p,omitempty"`
	Proto    string          `json:"proto,omitempty"`
	Note     string          `json:"note"`
	Msg      string          `json:"msg"`
	Sub      string          `json:"sub,omitempty"`
	Src      string          `json:"src,omitempty"`
	Dst      string          `json:"dst,omitempty"`
	P        *uint16         `json:"p,omitempty"`
	N        int             `json:"n"`
	Actions  []string        `json:"actions"`
	Email    []string        `json:"email_dest"`
	Suppress json.RawMessage `json:"suppress_for"` // seconds
}

func writeNotice(w io.Writer, d *report.Document) error {
	return lines(w, d, func(f *report.Finding) any { return newNotice(f) })
}

func newNotice(f *report.Finding) *notice {
	n := &notice{
		TS: seconds(moment(f.Time)), Note: noteOf(f.Rule), Msg: summary(f), Sub: visible(strings.Join(facts(f), "; ")),
		Src: address(f.Source.Address), Dst: address(f.Target.Address), N: f.Count,
		Actions: []string{"Notice::ACTION_LOG"}, Email: []string{},
		// Hits that are alike are one finding already: nothing is left to suppress.
		Suppress: json.RawMessage("0.0"),
	}
	if len(f.UIDs) > 0 {
		n.UID = f.UIDs[0]
	}
	if c := f.Conn; c.UID != "" && c.UID == n.UID {
		n.OrigH, n.OrigP, n.RespH, n.RespP = c.Orig.IP.String(), &c.Orig.Port, c.Resp.IP.String(), &c.Resp.Port
		switch n.Proto = transport(c.Proto); n.Proto {
		case "tcp", "udp", "icmp":
		case "ipv6-icmp":
			n.Proto = "icmp" // Zeek has one word for both
		default:
			n.Proto = "unknown_transport"
		}
	}
	if _, to := ports(f); to != 0 {
		n.P = &to
	}
	return n
}

// noteOf is a rule's number as a name of Zeek's enumerations.
func noteOf(rule string) string {
	return "Lazaret::" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, rule)
}

// seconds are epoch seconds with as many decimals as are there, at least one.
func seconds(t time.Time) json.RawMessage {
	if t.IsZero() {
		return json.RawMessage("0.0")
	}
	s := strings.TrimRight(fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond()), "0")
	if strings.HasSuffix(s, ".") {
		s += "0"
	}
	return json.RawMessage(s)
}
