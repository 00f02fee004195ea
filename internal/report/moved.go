package report

import (
	"slices"

	"lazaret/internal/sessions"
)

// Session is one or more attempts to open a session that are alike; see package
// sessions, which explains the words. Times are RFC 3339 in UTC.
type Session struct {
	Kind         sessions.Kind    `json:"kind"`
	Client       string           `json:"client"`        // address of who opened it
	ClientDevice string           `json:"client_device"` // id of the device, empty if the address was not one device's alone
	Server       string           `json:"server"`
	ServerDevice string           `json:"server_device"`
	Port         int              `json:"port"`
	User         string           `json:"user"` // keyed mark of the account, empty if the protocol shows none
	Outcome      sessions.Outcome `json:"outcome"`
	Why          string           `json:"why"`
	Start        string           `json:"start"`
	Last         string           `json:"last"`
	Count        int              `json:"count"`
	UIDs         []string         `json:"uids"` // of conversations, the first few
}

// Moved sums up the files that moved over the network.
type Moved struct {
	Files       int            `json:"files"`
	Bytes       uint64         `json:"bytes"`      // that were seen
	Incomplete  int            `json:"incomplete"` // of which bytes are missing
	Executables int            `json:"executables"`
	Families    int            `json:"families"` // of executables
	Sources     map[string]int `json:"sources"`  // files by what carried them
}

// NewSessions tells sessions with the devices that are at both ends. mark gives the keyed
// mark of an account: accounts themselves stand in logs alone.
func NewSessions(list []sessions.Session, at Directory, mark func(account string) string) []Session {
	out := make([]Session, 0, len(list))
	for _, s := range list {
		client, server := s.Client.String(), s.Server.String()
		out = append(out, Session{
			Kind: s.Kind, Client: client, ClientDevice: at.ID(client), Server: server, ServerDevice: at.ID(server), Port: int(s.Port), User: mark(s.User),
			Outcome: s.Outcome, Why: s.Why, Start: s.Start.RFC3339(), Last: s.Last.RFC3339(), Count: s.Count, UIDs: s.UIDs,
		})
	}
	return out
}

// Telling orders sessions for people: what was granted first, then as they began. The
// list is not changed.
func Telling(list []Session) []Session {
	rank := func(o sessions.Outcome) int {
		return slices.Index([]sessions.Outcome{sessions.Granted, sessions.Likely, sessions.Refused, sessions.Unknown}, o)
	}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b Session) int { return rank(a.Outcome) - rank(b.Outcome) })
	return out
}

// opened is a row of the page's table of sessions.
type opened struct {
	Session
	From, Onto             string // titles
	FromAnchor, OntoAnchor string
	When                   string
}

// newOpened makes the rows, and says how many there is no room for.
func newOpened(list []Session, titles map[string]string) (rows []opened, more int) {
	name := func(id, ip string) (string, string) {
		if t, ok := titles[id]; ok {
			return t, anchor(id)
		}
		return ip, ""
	}
	for i, s := range Telling(list) {
		if i == mostSessions {
			return rows, len(list) - i
		}
		o := opened{Session: s, When: when(s.Start)}
		o.From, o.FromAnchor = name(s.ClientDevice, s.Client)
		o.Onto, o.OntoAnchor = name(s.ServerDevice, s.Server)
		rows = append(rows, o)
	}
	return rows, 0
}
