package sessions

import (
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// talk is a conversation in which attempts were made, or may be.
type talk struct {
	user string // who authenticated last
	open []subject
}

// subject tells attempts apart: those of one conversation, or of a thing with a name
// that several conversations of the same two hosts are about.
type subject struct {
	kind           Kind
	uid            string
	client, server netid.IP
	name           string
}

// attempt is one that is under way.
type attempt struct {
	Session
	weight int  // of the step that Why names; see step
	passed bool // the log-in was granted for something that is no session
	sealed int  // calls whose results are sealed
	floor  int64
	other  int64 // bytes of the server and of the client from which a desktop is likely
}

// ends are who opened a conversation on whom, by what was said in it.
func ends(c *event.Conn, backward bool) (client, server netid.Endpoint) {
	if backward {
		return c.Resp, c.Orig
	}
	return c.Orig, c.Resp
}

// talkOf is the state of a conversation, made if need be.
func (b *Book) talkOf(uid string) *talk {
	if t, ok := b.talks.Get(uid); ok {
		return t
	}
	t := &talk{}
	b.talks.Put(uid, t)
	return t
}

// attempt is the one of a kind in the conversation of a record, or about a thing of
// that name; it is made if need be.
func (b *Book) attempt(r *event.Record, kind Kind, name string, backward bool) *attempt {
	client, server := ends(r.Conn, backward)
	key := subject{kind: kind, client: client.IP, server: server.IP, name: name}
	if name == "" {
		key.uid = r.Conn.UID
	}
	t := b.talkOf(r.Conn.UID)
	a, ok := b.attempts.Get(key)
	if !ok {
		a = &attempt{Session: Session{Kind: kind, Client: client.IP, Server: server.IP, Port: server.Port, Outcome: Unknown, Start: r.TS, Last: r.TS}}
		if old, shed := b.attempts.Put(key, a); shed {
			b.early++
			old.conclude(b.rows, b.cfg.Max, &b.shed)
		}
	}
	if !slices.Contains(t.open, key) && len(t.open) < 64 {
		t.open = append(t.open, key)
	}
	if !slices.Contains(a.UIDs, r.Conn.UID) && len(a.UIDs) < maxUIDs {
		a.UIDs = append(a.UIDs, r.Conn.UID)
	}
	a.Start, a.Last = min(a.Start, r.TS), max(a.Last, r.TS)
	if a.User == "" {
		a.User = t.user
	}
	return a
}

// step enters what a record says: the higher outcome counts, and between equal ones the
// weightier step gives the reason.
func (a *attempt) step(o Outcome, weight int, why string) {
	if have, now := a.Outcome.rank(), o.rank(); a.Why == "" || now > have || now == have && weight > a.weight {
		a.Outcome, a.Why, a.weight = o, why, weight
	}
}

// named notes the account, if the protocol shows it.
func (a *attempt) named(user string) {
	if user != "" {
		a.User = user[:min(len(user), maxUser)]
	}
}

// known notes who authenticated in a conversation, also for attempts under way.
func (b *Book) known(r *event.Record, user string) {
	if user == "" {
		return
	}
	t := b.talkOf(r.Conn.UID)
	t.user = user[:min(len(user), maxUser)]
	for _, key := range t.open {
		if a, ok := b.attempts.Get(key); ok && a.User == "" {
			a.User = t.user
		}
	}
}

// ended concludes what belongs to a conversation alone.
func (b *Book) ended(r *event.Record, lasted event.Interval, server, client int64) {
	t, ok := b.talks.Get(r.Conn.UID)
	if !ok {
		return
	}
	b.talks.Delete(r.Conn.UID)
	for _, key := range t.open {
		a, ok := b.attempts.Get(key)
		if !ok {
			continue
		}
		a.Last = max(a.Last, r.TS+event.Time(lasted))
		if key.uid == "" {
			continue // more may come in another conversation
		}
		if a.Client != r.Conn.Orig.IP {
			server, client = client, server
		}
		if a.floor > 0 && server >= a.floor && client >= a.other {
			a.step(Likely, 1, "conn: amounts of both sides")
		}
		b.attempts.Delete(key)
		if b.told == nil {
			a.conclude(b.rows, b.cfg.Max, &b.shed)
		} else if !a.nothing() {
			b.told(End{Session: a.Session, Lasted: lasted, FromServer: uint64(server), FromClient: uint64(client)})
		}
	}
}

// nothing reports that it was none: nothing was told of it, or it was about something else.
func (a *attempt) nothing() bool {
	return a.Why == "" || a.passed && a.Outcome.rank() <= Refused.rank()
}

// conclude enters an attempt into the sessions.
func (a *attempt) conclude(rows map[row]*Session, limit int, shed *uint64) {
	if a.nothing() {
		return
	}
	key := row{a.Kind, a.Client, a.Server, a.User, a.Outcome, a.Why}
	s := rows[key]
	if s == nil {
		if len(rows) >= limit {
			*shed++
			return
		}
		c := a.Session
		c.Count, c.UIDs = 1, slices.Clone(a.UIDs)
		rows[key] = &c
		return
	}
	s.Count++
	s.Start, s.Last = min(s.Start, a.Start), max(s.Last, a.Last)
	for _, uid := range a.UIDs {
		if len(s.UIDs) < maxUIDs && !slices.Contains(s.UIDs, uid) {
			s.UIDs = append(s.UIDs, uid)
		}
	}
}
