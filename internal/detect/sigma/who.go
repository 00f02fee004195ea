package sigma

import (
	"lazaret/internal/detect"
	"lazaret/internal/event"
)

// who is where records of a log say by whom and by what something was done; allow-lists
// ask for it.
type who struct {
	log              string
	account, service []event.Access
}

// whoOf finds the columns of a log.
func whoOf(s *event.Schema) who {
	w := who{log: s.Name}
	for _, name := range []string{"user", "account", "username"} {
		if a, ok := s.Access(name); ok && a.Class == event.Account {
			w.account = append(w.account, a)
		}
	}
	for _, name := range []string{"service", "endpoint"} {
		if a, ok := s.Access(name); ok && a.Class == event.Technical {
			w.service = append(w.service, a)
		}
	}
	return w
}

// sign writes account, service and conversation of a record into a hit. A log that names no
// service has its own name for one.
func (w *who) sign(h *detect.Hit, r *event.Record) {
	h.Account = firstOf(w.account, r)
	if h.Service = firstOf(w.service, r); h.Service == "" {
		h.Service = w.log
	}
	if r.Conn != nil {
		h.Conn = *r.Conn
	}
}

// firstOf is the first value that one of the columns has.
func firstOf(list []event.Access, r *event.Record) (s string) {
	for i := range list {
		list[i].Each(r, func(v event.Value) bool {
			s = v.String()
			return false
		})
		if s != "" {
			return s
		}
	}
	return ""
}
