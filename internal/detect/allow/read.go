package allow

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"lazaret/internal/detect"
	"lazaret/internal/detect/where"
	"lazaret/internal/event"
)

// Example is a list as it may be written.
const Example = `[[allow]]
name    = "software deployment"
why     = "PDQ installs updates at night"
source  = ["10.1.1.5"]
service = ["PDQDeployRunner-*"]      # or account, or both
account = ['HOSPITAL\svc-deploy']
target  = ["10.2.0.0/16"]            # optional: all
rules   = ["K2", "K3", "K4", "L1"]   # optional: all
days    = "mon-fri"                  # on which the window begins; optional: all
from    = "20:00"
to      = "06:00"                    # on the next day; or always = true
zone    = "+01:00"                   # optional: UTC
until   = "2027-06-30"               # optional: the last day
`

// Source is a file with entries.
type Source struct {
	Name string
	Text []byte
}

// written is an entry as the file has it.
type written struct {
	Name    string   `toml:"name"`
	Why     string   `toml:"why"`
	Source  []string `toml:"source"`
	Account []string `toml:"account"`
	Service []string `toml:"service"`
	Target  []string `toml:"target"`
	Rules   []string `toml:"rules"`
	Days    string   `toml:"days"`
	From    string   `toml:"from"`
	To      string   `toml:"to"`
	Zone    string   `toml:"zone"`
	Always  bool     `toml:"always"`
	Until   string   `toml:"until"`
}

// Read reads lists. known says whether there is a rule of a number. The List holds all
// entries without a fault.
func Read(sources []Source, known func(rule string) bool) (*List, []detect.Fault) {
	l := &List{}
	var faults []detect.Fault
	names := map[string]bool{}
	for _, s := range sources {
		var file struct {
			Allow []written `toml:"allow"`
		}
		md, err := toml.Decode(string(s.Text), &file)
		if err != nil {
			faults = append(faults, where.Broken(s.Name, err))
			continue
		}
		faults = append(faults, foreign(s, md.Undecoded())...)
		places := where.Entries(s.Text, "allow")
		for i := range file.Allow {
			p := &parser{file: s.Name, rules: known}
			if i < len(places) {
				p.at = places[i]
			}
			e := p.entry(&file.Allow[i])
			if names[e.Name] {
				p.fault("name", fmt.Sprintf("%q is another entry's name too", e.Name))
			}
			names[e.Name] = true
			if len(p.faults) == 0 {
				l.entries = append(l.entries, e)
			}
			faults = append(faults, p.faults...)
		}
		if len(file.Allow) == 0 {
			faults = append(faults, detect.Fault{File: s.Name, What: "has no [[allow]] entry"})
		}
	}
	return l, faults
}

// foreign tells keys that no allow-list has; what stands below one is not told again.
func foreign(s Source, keys []toml.Key) (out []detect.Fault) {
	lines := where.Lines(s.Text)
	told := map[string]bool{}
	for _, k := range keys {
		if len(k) > 1 && told[k[:len(k)-1].String()] || told[k.String()] {
			continue
		}
		told[k.String()] = true
		f := detect.Fault{File: s.Name, Key: k.String(), What: "is not a key of allow-lists; they have [[allow]] entries, see lazaret rules allow"}
		if i := where.Key(lines, k[len(k)-1]); i >= 0 {
			f.Line = i + 1
		}
		out = append(out, f)
	}
	return out
}

// parser checks one entry.
type parser struct {
	file   string
	at     where.Entry
	rules  func(string) bool
	faults []detect.Fault
}

// fault notes what is wrong with a key: on its line, or on the entry's first if the key
// is missing.
func (p *parser) fault(key, what string) {
	p.faults = append(p.faults, detect.Fault{File: p.file, Line: p.at.Line(key), Key: key, What: what})
}

func (p *parser) entry(w *written) *Entry {
	e := &Entry{Name: w.Name, Why: w.Why}
	if strings.TrimSpace(w.Name) == "" {
		p.fault("name", "is missing")
	}
	if strings.TrimSpace(w.Why) == "" {
		p.fault("why", "is missing: say who does this and what for")
	}
	if e.sources = p.networks("source", w.Source); len(w.Source) == 0 {
		p.fault("source", "is missing: an entry names the hosts that it is for")
	}
	e.targets = p.networks("target", w.Target)
	e.accounts, e.services = p.patterns("account", w.Account), p.patterns("service", w.Service)
	if len(w.Account)+len(w.Service) == 0 {
		p.fault("account", "and service are missing: an entry names by whom or by what it is done")
	}
	for _, r := range w.Rules {
		if r = strings.ToUpper(r); !p.rules(r) {
			p.fault("rules", fmt.Sprintf("there is no rule %q; see lazaret rules list", r))
		}
		e.rules = append(e.rules, r)
	}
	e.window = p.window(w)
	if w.Until != "" {
		day, err := time.ParseInLocation(time.DateOnly, w.Until, e.window.zone)
		if err != nil {
			p.fault("until", fmt.Sprintf("%q is no day such as 2027-06-30", w.Until))
		}
		e.until = event.Time(day.AddDate(0, 0, 1).UnixNano())
	}
	return e
}

// Least lengths of the prefixes of networks that an entry may name.
const (
	least4 = 8
	least6 = 32
)

func (p *parser) networks(key string, list []string) (out []netip.Prefix) {
	for _, s := range list {
		n, err := netip.ParsePrefix(s)
		if err != nil {
			a, err := netip.ParseAddr(s)
			if err != nil || a.Zone() != "" {
				p.fault(key, fmt.Sprintf("%q is neither an address nor a network such as 10.1.0.0/16", s))
				continue
			}
			n = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
		}
		if least := map[bool]int{true: least4, false: least6}[n.Addr().Is4()]; n.Bits() < least {
			p.fault(key, fmt.Sprintf("%q is nearly everybody: the shortest prefix is /%d", s, least))
			continue
		}
		out = append(out, n.Masked())
	}
	return out
}

func (p *parser) patterns(key string, list []string) (out []string) {
	for _, s := range list {
		if len(strings.Trim(s, "* ?")) < 3 {
			p.fault(key, fmt.Sprintf("%q fits nearly everything: three characters at least", s))
			continue
		}
		out = append(out, strings.ToLower(s))
	}
	return out
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (p *parser) window(w *written) window {
	x := window{always: w.Always, zone: p.zone(w.Zone)}
	timed := w.From != "" || w.To != "" || w.Days != ""
	switch {
	case w.Always && timed:
		p.fault("always", "stands beside days, from or to")
	case !w.Always && (w.From == "" || w.To == ""):
		p.fault("from", "and to are needed, or always = true")
	case !w.Always:
		x.from, x.to = p.clock("from", w.From), p.clock("to", w.To)
		if x.from == x.to {
			p.fault("to", "is the same as from; for all day write always = true")
		}
	}
	x.days = p.days(w.Days)
	return x
}

func (p *parser) zone(s string) *time.Location {
	if s == "" {
		return time.UTC
	}
	t, err := time.Parse("-07:00", s)
	if err != nil {
		p.fault("zone", fmt.Sprintf("%q is no offset from UTC such as +01:00", s))
		return time.UTC
	}
	_, offset := t.Zone()
	return time.FixedZone(s, offset)
}

func (p *parser) clock(key, s string) int {
	t, err := time.Parse("15:04", s)
	if err != nil {
		p.fault(key, fmt.Sprintf("%q is no time of day such as 20:00", s))
	}
	return t.Hour()*60 + t.Minute()
}

// days reads "mon-fri", "sat,sun"; nothing is all days.
func (p *parser) days(s string) (out [7]bool) {
	if s == "" {
		return [7]bool{true, true, true, true, true, true, true}
	}
	for _, part := range strings.Split(strings.ToLower(s), ",") {
		from, to, _ := strings.Cut(strings.TrimSpace(part), "-")
		if to == "" {
			to = from
		}
		i, j := slices.Index(weekdays, strings.TrimSpace(from)), slices.Index(weekdays, strings.TrimSpace(to))
		if i < 0 || j < 0 {
			p.fault("days", fmt.Sprintf("%q is no day of %s", part, strings.Join(weekdays, " ")))
			continue
		}
		for ; ; i = (i + 1) % 7 {
			out[i] = true
			if i == j {
				break
			}
		}
	}
	return out
}
