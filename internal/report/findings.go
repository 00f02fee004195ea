package report

import (
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/inventory"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/vendordb"
)

// Finding is what a rule has found; see package detect, which explains the words. Times
// are RFC 3339 in UTC.
type Finding struct {
	Time       string     `json:"time"` // of the first
	Last       string     `json:"last"`
	Count      int        `json:"count"`
	Rule       string     `json:"rule"`
	Engine     string     `json:"engine"`
	Title      string     `json:"title"`
	Topic      string     `json:"topic"` // what tells it from others of the rule between the two
	Why        string     `json:"why"`
	Attack     []string   `json:"attack"` // techniques of ATT&CK
	Severity   string     `json:"severity"`
	Reason     string     `json:"severity_reason"` // why it is not the rule's, empty if it is
	Confidence float64    `json:"confidence"`      // 0..1
	Source     Party      `json:"source"`
	Target     Party      `json:"target"` // of an empty address if it is many or nobody
	Evidence   []Evidence `json:"evidence"`
	Innocent   []string   `json:"innocent"`      // what else could be the cause
	UIDs       []string   `json:"uids"`          // of conversations, the first few
	SourceMAC  string     `json:"source_mac"`    // network card of Source if its address is not known, else empty
	SourceMade string     `json:"source_vendor"` // who made that card, if it is known
	Conn       Connection `json:"-"`             // of the first of UIDs, zero if it is not known
}

// Connection is a conversation as formats of other systems name it.
type Connection struct {
	UID        string
	Orig, Resp netid.Endpoint
	Proto      uint8 // IP protocol number
}

// Party is who does something, or to whom it is done.
type Party struct {
	Address string     `json:"address"`
	Device  string     `json:"device"` // id, empty if the address was not one device's alone
	Role    roles.Role `json:"role"`
	// MAC and Vendor are its network card and who made that, if its address is not known.
	MAC    string `json:"-"`
	Vendor string `json:"-"`
}

// Evidence is a field with the value that proves a finding.
type Evidence struct {
	Field string `json:"field"`
	Value string `json:"value"` // keyed mark of an account
	// Account says that Value is such a mark.
	Account bool `json:"-"`
}

// Silenced is how many hits of a rule an entry of an allow-list silenced.
type Silenced struct {
	Rule  string `json:"rule"`
	By    string `json:"by"`
	Count int    `json:"count"`
}

// Directory finds the devices at addresses.
type Directory struct {
	at   map[string]*inventory.Device
	card map[string]*inventory.Device
}

// NewDirectory makes one. An address that several devices had has none.
func NewDirectory(devices []inventory.Device) Directory {
	at, card := map[string]*inventory.Device{}, map[string]*inventory.Device{}
	for i := range devices {
		for _, ip := range devices[i].IPs {
			if _, taken := at[ip]; taken {
				at[ip] = nil // it moved from one to another
				continue
			}
			at[ip] = &devices[i]
		}
		for _, mac := range devices[i].MACs {
			card[mac] = &devices[i]
		}
	}
	return Directory{at, card}
}

// ID is that of the device at an address, empty if it was not one device's alone.
func (d Directory) ID(ip string) string {
	if v := d.at[ip]; v != nil {
		return v.ID
	}
	return ""
}

// Role is what the device at an address is for.
func (d Directory) Role(ip netid.IP) roles.Role {
	if v := d.at[ip.String()]; v != nil {
		return v.Role
	}
	return roles.Unknown
}

// Party is who has an address.
func (d Directory) Party(ip netid.IP) Party {
	if ip.IsZero() { // nobody that has an address
		return Party{Role: roles.Unknown}
	}
	return Party{Address: ip.String(), Device: d.ID(ip.String()), Role: d.Role(ip)}
}

// Card is who has a network card and no known address.
func (d Directory) Card(mac netid.MAC) Party {
	p := Party{Role: roles.Unknown, MAC: mac.String()}
	if v := d.card[p.MAC]; v != nil {
		p.Device, p.Role = v.ID, v.Role
	}
	p.Vendor, _ = vendordb.OUI(mac)
	return p
}

// NewFindings tells findings with the devices that are at both ends. mark gives the
// keyed mark of an account.
func NewFindings(list []detect.Finding, at Directory, mark func(account string) string) []Finding {
	out := make([]Finding, 0, len(list))
	for _, f := range list {
		x := Finding{
			Time: f.First.RFC3339(), Last: f.Last.RFC3339(), Count: f.Count, Rule: f.Rule.ID, Engine: f.Rule.Engine, Title: f.Rule.Title, Topic: f.Topic,
			Why: f.Rule.Why, Attack: append([]string{}, f.Rule.Attack...), Severity: f.Severity.String(), Reason: f.Reason, Confidence: f.Confidence,
			Source: at.Party(f.Source), Evidence: []Evidence{}, Innocent: append([]string{}, f.Rule.Innocent...), UIDs: append([]string{}, f.UIDs...),
			Target: Party{Role: roles.Unknown}, Conn: Connection{UID: f.Conn.UID, Orig: f.Conn.Orig, Resp: f.Conn.Resp, Proto: f.Conn.Proto},
		}
		if !f.Target.IsZero() {
			x.Target = at.Party(f.Target)
		}
		if f.Source.IsZero() && !f.Card.IsZero() {
			x.Source = at.Card(f.Card)
			x.SourceMAC, x.SourceMade = x.Source.MAC, x.Source.Vendor
		}
		for _, e := range f.Facts {
			account := e.Class == event.Account
			if account {
				e.Value = mark(e.Value)
			}
			x.Evidence = append(x.Evidence, Evidence{e.Field, e.Value, account})
		}
		out = append(out, x)
	}
	return out
}

// Worst is the gravest severity among findings.
func Worst(list []Finding) detect.Severity {
	worst := detect.None
	for _, f := range list {
		s, _ := detect.ParseSeverity(f.Severity)
		worst = max(worst, s)
	}
	return worst
}
