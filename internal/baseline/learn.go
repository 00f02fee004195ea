package baseline

import (
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto/arp"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/hl7"
	"lazaret/internal/proto/http"
	"lazaret/internal/proto/tls"
	"lazaret/internal/share"
)

// Ask is a window that is to be learned: For from the first record on, or From up to To.
// Text is how it was written.
type Ask struct {
	Text     string
	For      event.Interval // 0 if From and To are meant
	From, To event.Time
}

// at finds the window of this run that a time is in, -1 for none.
func (p *Profile) at(t event.Time) int {
	return slices.IndexFunc(p.spec, func(a Ask) bool {
		if a.For > 0 {
			return t < p.origin+event.Time(a.For)
		}
		return t >= a.From && t < a.To
	})
}

// Learning tells whether a time is in a window that this run learns from.
func (p *Profile) Learning(t event.Time) bool { return len(p.spec) > 0 && p.begun && p.at(t) >= 0 }

// Add takes the next record of the merge. It is learned if its time is in a window of this
// run; a conversation counts by its begin.
func (p *Profile) Add(r *event.Record) {
	p.note(r)
	if len(p.spec) == 0 {
		return
	}
	if !p.begun {
		p.begun, p.origin = true, r.TS
	}
	i := p.at(r.TS)
	if i < 0 {
		return
	}
	if w := &p.realm[i]; w.To == 0 {
		*w = Window{r.TS, r.TS}
	} else {
		w.From, w.To = min(w.From, r.TS), max(w.To, r.TS)
	}
	switch d := r.Body.(type) {
	case *dicom.Association:
		p.association(r, d)
	case *dicom.Operation:
		p.operation(r, d)
	case *hl7.Message:
		p.message(r, d)
	case *dcerpc.Record:
		if act := ActOf(d); act != "" {
			from, to := r.Conn.Orig.IP, r.Conn.Resp.IP
			if d.Backward {
				from, to = to, from
			}
			p.add(Key{Kind: Act, Source: from, Target: to, Name: act}, r.TS)
		}
	case *arp.Record:
		if k, ok := CardOf(d); ok {
			p.add(k, r.TS)
		}
	case *share.MappingRecord:
		if AdminShare(d.Path) {
			p.add(Key{Kind: Act, Source: r.Conn.Orig.IP, Target: r.Conn.Resp.IP, Name: "share"}, r.TS)
		}
	default:
		p.talk(r)
	}
}

// CardOf is the row of an address that somebody says to have; false for probes, and for
// cards that routers and clusters share (VRRP, HSRP).
func CardOf(d *arp.Record) (k Key, ok bool) {
	m := d.SenderMAC
	shared := m[0] == 0 && m[1] == 0 && (m[2] == 0x5e && m[3] == 0 || m[2] == 0x0c && m[3] == 7 && m[4] == 0xac)
	if d.SenderIP.IsZero() || !d.SenderIP.IsUnicast() || m.IsZero() || m.IsGroup() || shared {
		return k, false
	}
	return Key{Kind: Card, Source: d.SenderIP, Name: m.String()}, true
}

// note remembers names of servers for the records of their conversations. Those are
// needed outside of windows too.
func (p *Profile) note(r *event.Record) {
	switch d := r.Body.(type) {
	case *http.Exchange:
		p.names.note(r.Conn.UID, d.Host)
	case *tls.Record:
		p.names.note(r.Conn.UID, d.ServerName)
	}
}

func (p *Profile) talk(r *event.Record) {
	t, ok := TalkOf(r)
	if !ok {
		return
	}
	if !t.Inward {
		p.add(Key{Kind: Host, Source: t.From}, r.TS)
	}
	if !t.Outward {
		p.add(Key{Kind: Host, Source: t.To}, r.TS)
	}
	p.add(p.KeyOf(t, r.Conn.UID), r.TS)
}

// KeyOf is the row that a conversation belongs to. To the outside that is of the name that
// was asked for, and only without a name of the network.
func (p *Profile) KeyOf(t Talk, uid string) Key {
	switch {
	case t.Outward:
		host, network := p.PartnerOf(uid, t.To)
		if host != "" {
			network = host
		}
		return Key{Kind: Outside, Source: t.From, Name: network, More: t.Service}
	case t.Inward:
		return Key{Kind: Inbound, Source: t.To, Name: NetworkOf(t.From), More: t.Service}
	}
	return Key{Kind: Contact, Source: t.From, Target: t.To, Name: t.Service}
}

// Sides are who asks and who answers in a conversation, by who speaks first in it.
func Sides(c *event.Conn, fromOrig bool) (from, to netid.IP) {
	if fromOrig {
		return c.Orig.IP, c.Resp.IP
	}
	return c.Resp.IP, c.Orig.IP
}

// TitleOf is the row of an association's calling title; false if it was not accepted.
func TitleOf(r *event.Record, d *dicom.Association) (k Key, ok bool) {
	if d.Result != "accepted" || d.Calling == "" {
		return k, false
	}
	from, _ := Sides(r.Conn, d.IsOrig)
	return Key{Kind: Title, Source: from, Name: text(d.Calling), More: text(d.RqImplUID), Also: text(d.RqImplName)}, true
}

func (p *Profile) association(r *event.Record, d *dicom.Association) {
	k, ok := TitleOf(r, d)
	if !ok {
		return
	}
	p.add(k, r.TS)
	if _, to := Sides(r.Conn, d.IsOrig); d.Called != "" {
		p.add(Key{Kind: Called, Source: to, Name: text(d.Called)}, r.TS)
	}
}

// StorerOf is the row of an image that somebody stores by himself, accepted.
func StorerOf(r *event.Record, d *dicom.Operation) (k Key, ok bool) {
	// What an archive gives back within a C-GET, or sends for a C-MOVE, is no storing of
	// the one who asked.
	if d.Command != "C-STORE" || !d.FromCaller || d.MoveOrig != "" || d.StatusName != "success" && d.StatusName != "warning" {
		return k, false
	}
	from, to := Sides(r.Conn, d.IsOrig)
	return Key{Kind: Storer, Source: from, Target: to, Name: text(d.Calling)}, true
}

// Unbounded says that a question names neither a patient nor a study, nor dates within
// some days.
func Unbounded(d *dicom.Operation, days int) bool {
	for _, key := range d.QueryKeys {
		switch key {
		case "PatientID", "PatientName", "AccessionNumber", "StudyInstanceUID", "OtherPatientIDs", "PatientBirthDate":
			if !slices.Contains(d.Wildcards, key+"=*") {
				return false
			}
		}
	}
	return !d.DateRangeDays.OK || int(d.DateRangeDays.V) > days
}

// wideDays is the width of a range of dates from which on it bounds nothing.
const wideDays = 30

func (p *Profile) operation(r *event.Record, d *dicom.Operation) {
	from, to := Sides(r.Conn, d.IsOrig)
	done := d.StatusName == "success" || d.StatusName == "warning"
	if k, ok := StorerOf(r, d); ok {
		p.add(k, r.TS)
		return
	}
	switch {
	case d.Command == "C-STORE" && done && d.MoveOrig != "":
		p.fetched(Key{Kind: Retrieval, Source: to, Name: text(d.MoveOrig)}, r.TS, "", 0, d.Bytes)
	case d.Command == "C-STORE" && done && !d.FromCaller:
		p.fetched(Key{Kind: Retrieval, Source: to, Name: text(d.Calling)}, r.TS, "", 0, d.Bytes)
	case d.Command == "C-FIND" && d.Service == "query" && d.FromCaller && d.Matches > 0 && Unbounded(d, wideDays):
		if row := p.add(Key{Kind: Query, Source: from, Target: to, Name: text(d.Calling)}, r.TS); row != nil {
			row.Most[0] = max(row.Most[0], d.Matches)
		}
	case (d.Command == "C-MOVE" || d.Command == "C-GET") && d.FromCaller && (done || d.Completed.V > 0):
		p.fetched(Key{Kind: Retrieval, Source: from, Name: text(d.Calling)}, r.TS, d.Study, d.Completed.V, 0)
		if d.MoveDest != "" {
			p.add(Key{Kind: Destination, Source: to, Name: text(d.MoveDest)}, r.TS)
		}
	}
}

// maxRetrievers is how many retrievers are counted at a time; one that was quiet longest
// begins anew.
const maxRetrievers = 256

// amount is what a retriever fetched in the hour and in the day at hand.
type amount struct {
	at      [2]int64
	studies [2]map[string]bool
	now     [6]uint64
}

// fetched counts what somebody fetched: Row.Times are requests and images that came.
func (p *Profile) fetched(k Key, at event.Time, study string, objects, bytes uint64) {
	row := p.add(k, at)
	if row == nil {
		return
	}
	row.Hours |= 1 << (int64(at) / int64(hourLong) % 24)
	a, ok := p.amounts.Touch(k)
	if !ok {
		a = &amount{}
		p.amounts.Put(k, a)
	}
	for i, long := range [2]event.Interval{hourLong, dayLong} {
		n := a.now[3*i : 3*i+3]
		if t := int64(at) / int64(long); t != a.at[i] || a.studies[i] == nil {
			a.at[i], a.studies[i] = t, map[string]bool{}
			clear(n)
		}
		if study != "" && len(a.studies[i]) < p.cfg.Studies {
			a.studies[i][study] = true
		}
		n[0], n[1], n[2] = uint64(len(a.studies[i])), n[1]+objects, n[2]+bytes
	}
	for i := range a.now {
		row.Most[i] = max(row.Most[i], a.now[i])
	}
}

// SenderOf is the row of a message; false for what is no whole message, or was refused.
func SenderOf(r *event.Record, d *hl7.Message) (k Key, ok bool) {
	if d.Type == "" || d.Unasked || d.Partial {
		return k, false
	}
	from, to := Sides(r.Conn, d.IsOrig)
	kind := d.Type
	if d.Event != "" {
		kind += "^" + d.Event
	}
	return Key{Kind: Sender, Source: from, Target: to, Name: text(d.SendingApp), More: text(d.SendingFac), Also: text(kind)}, true
}

func (p *Profile) message(r *event.Record, d *hl7.Message) {
	if k, ok := SenderOf(r, d); ok && (d.AckCode == "" || d.AckCode == "AA" || d.AckCode == "CA") {
		p.add(k, r.TS)
	}
}

// ActOf names what a call of Windows administers on another machine, empty for nothing, or
// for what was not granted.
func ActOf(d *dcerpc.Record) string {
	if d.Outcome != "accepted" && d.Outcome != "answered" {
		return ""
	}
	op := d.Operation
	switch {
	case strings.HasPrefix(op, "CreateService"), strings.HasPrefix(op, "StartService"), strings.HasPrefix(op, "ChangeServiceConfig"):
		return "service"
	case op == "NetrJobAdd", op == "SchRpcRegisterTask", op == "SchRpcRun":
		return "task"
	case op == "BaseRegSetValue":
		return "registry"
	case d.Endpoint == "IWbemServices" && strings.HasPrefix(op, "ExecMethod"):
		return "wmi"
	}
	return ""
}

// AdminShare reports a path \\host\share that Windows makes for administrators: ADMIN$ or a
// drive.
func AdminShare(path string) bool {
	_, rest, ok := strings.Cut(strings.TrimPrefix(path, `\\`), `\`)
	name, _, _ := strings.Cut(rest, `\`)
	return ok && (strings.EqualFold(name, "ADMIN$") || len(name) == 2 && name[1] == '$' && name[0]|0x20 >= 'a' && name[0]|0x20 <= 'z')
}
