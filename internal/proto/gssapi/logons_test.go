package gssapi_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/gssapi"
	"lazaret/internal/proto/http"
	"lazaret/internal/proto/kerberos"
	"lazaret/internal/proto/ldap"
	"lazaret/internal/proto/ntlm"
	"lazaret/internal/proto/smb"
	"lazaret/internal/proto/smtp"
	"lazaret/internal/prototest"
)

// logon is a log-in, or a ticket asked for, as the truth of a lab capture tells it.
// Of what it leaves empty nothing is compared.
type logon struct {
	Kind, Carrier, Client, Server, Proto, User, Domain, Workstation, Realm, Service, Etype, Outcome string
	Count                                                                                           int
}

// heard is one that our records tell.
type heard struct {
	logon
	uid   string
	code  string // of a refusal by a centre
	guest bool   // the server took the account for a guest
}

// The words of centres for their refusals, and the codes they send.
var refusals = map[string]string{
	"NEEDED_PREAUTH": "25", "PREAUTH_FAILED": "24", "CLIENT_NOT_FOUND": "6", "LOOKING_UP_SERVER": "7", "CLIENT EXPIRED": "1",
	"CLIENT KEY EXPIRED": "23", "BAD_ENCRYPTION_TYPE": "14", "BADOPTION": "13",
}

// explained lists what the truth and the records tell differently, and why. Accounts
// are told by their number among the canaries.
var explained = []struct {
	lab, what, like string
	n               int
	why             string
}{
	{"kerberos", "missing", "tgs krb desk1>dc1 tcp Administrator krbtgt/AD.LAZARUS.EXAMPLE BADOPTION", 1, "The request and the refusal do not name who asks: the ticket that is shown does, and it is encrypted"},
	{"kerberos", "extra", "tgs krb desk1>dc1 tcp  krbtgt/AD.LAZARUS.EXAMPLE 13", 1, "As above"},
	{"kerberos", "missing", "tgs krb desk1>dc1 tcp Administrator cifs/dc1.ad.lazarus.example granted", 1, "In an armoured exchange the answer hides who asked, as smbclient asks of the centre (RFC 6113 5.4)"},
	{"kerberos", "extra", "tgs krb desk1>dc1 tcp WELLKNOWN/ANONYMOUS cifs/dc1.ad.lazarus.example granted", 1, "As above"},
	{"kerberos", "extra", "ntlm ldap desk2>dc1 tcp Administrator  refused", 1, "The directory refuses a log-in that does not sign, and is then asked again; the truth has what the client told in the end"},
	{"smb", "missing", "ntlm smb1 desk3>files tcp user #1  NT_STATUS_NO_SUCH_USER", 1, "Guests are let in under any name: the server grants what its own log calls an unknown user, and says that it is a guest"},
	{"smb", "missing", "ntlm smb2 desk3>files tcp user #1  NT_STATUS_NO_SUCH_USER", 1, "As above"},
	{"smb", "extra", "guest", 2, "As above"},
	{"rpc", "extra", "ntlm smb1 desk4>apps tcp user #1  granted", 5, "The tools of Samba at the mock, whose truth has the calls, and the conversations among its flows (net rpc service)"},
	{"rpc", "extra", "ntlm smb2 desk3>apps tcp user #1  granted", 5, "As above"},
	{"rpc", "extra", "ntlm smb2 desk2>files tcp user #2  granted", 2, "Binds that sign and seal, inside the pipe of a session: smbd leaves them to processes with logs of their own"},
}

// TestLogons compares all log-ins and tickets of the lab's captures with what we tell
// of them: who, in which domain or realm, for which service, inside which protocol,
// granted or refused; each once, and none that the truth does not have.
func TestLogons(t *testing.T) {
	used := make([]int, len(explained))
	for _, lab := range []string{"kerberos", "rpc", "smb", "files"} {
		want, hosts, mask := truth(t, lab)
		got := listen(t, lab, hosts)
		differs := func(what, line string) {
			for i, e := range explained {
				if e.lab == lab && e.what == what && (line == e.like || e.like == "guest" && strings.HasSuffix(line, " guest")) {
					used[i]++
					return
				}
			}
			t.Errorf("%s: %s: %s", lab, what, line)
		}
		count := 0
		for _, w := range want {
			for range max(w.Count, 1) {
				count++
				i := slices.IndexFunc(got, func(h heard) bool { return agrees(&w, &h) })
				if i < 0 {
					differs("missing", mask(&heard{logon: w}))
					continue
				}
				got = slices.Delete(got, i, i+1)
			}
		}
		for i := range got {
			differs("extra", mask(&got[i]))
		}
		t.Logf("%s: %d log-ins", lab, count)
	}
	for i, e := range explained {
		if used[i] != e.n {
			t.Errorf("%s, %s %s: %d times, explained for %d: %s", e.lab, e.what, e.like, used[i], e.n, e.why)
		}
	}
}

// truth reads the log-ins of a capture, the names of addresses, and how a log-in is
// written without the accounts that are canaries.
func truth(t *testing.T, lab string) (all []logon, hosts map[string]string, mask func(*heard) string) {
	b, err := os.ReadFile(filepath.Join(prototest.Lab, lab+".truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var tr struct {
		Hosts []struct {
			Name string
			IPs  []struct{ IP string }
		}
		Logons   []logon
		Canaries []struct{ Kind, Value string }
	}
	if err := json.Unmarshal(b, &tr); err != nil || len(tr.Logons) == 0 {
		t.Fatalf("%d log-ins, %v", len(tr.Logons), err)
	}
	hosts = map[string]string{}
	for _, h := range tr.Hosts {
		for _, ip := range h.IPs {
			hosts[ip.IP] = h.Name
		}
	}
	return tr.Logons, hosts, func(h *heard) string {
		user, n := h.User, 0
		for _, c := range tr.Canaries {
			if c.Kind == "user" {
				if n++; c.Value == user {
					user = "user #" + strconv.Itoa(n)
				}
			}
		}
		line := fmt.Sprintf("%s %s %s>%s %s %s %s %s", h.Kind, h.Carrier, h.Client, h.Server, h.Proto, user, h.Service, h.Outcome+h.code)
		if h.guest {
			line += " guest"
		}
		return line
	}
}

// listen runs a capture through all that carries log-ins, and gives what it tells,
// in order of time.
func listen(t *testing.T, lab string, hosts map[string]string) (all []heard) {
	records, _ := prototest.Run(t, prototest.Load(t, filepath.Join(prototest.Lab, lab+".pcap.zst")),
		&kerberos.Spec, &ntlm.Spec, &gssapi.Spec, &smb.Spec, &dcerpc.Spec, &ldap.Spec, &http.Spec, &smtp.Spec)
	around := map[string][]event.Payload{}
	for _, r := range records {
		if r.Conn != nil {
			around[r.Conn.UID] = append(around[r.Conn.UID], r.Body)
		}
	}
	for _, r := range records {
		h := heard{}
		switch b := r.Body.(type) {
		case *kerberos.Record:
			h = ofKerberos(b)
		case *ntlm.Record:
			h = heard{logon: logon{Kind: "ntlm", User: b.Username, Domain: b.Domainname, Workstation: b.Hostname, Outcome: outcome(b.Success)}}
		default:
			continue
		}
		h.uid, h.Client, h.Server = r.Conn.UID, hosts[r.Conn.Orig.IP.String()], hosts[r.Conn.Resp.IP.String()]
		if h.Proto = "tcp"; r.Conn.Proto == 17 {
			h.Proto = "udp"
		}
		if h.Carrier == "" {
			h.Carrier = carrier(around[h.uid])
		}
		h.guest = slices.ContainsFunc(around[h.uid], func(p event.Payload) bool { s, ok := p.(*smb.Record); return ok && s.Guest.V })
		all = append(all, h)
	}
	for uid, said := range around {
		agreed(t, lab, said, slices.DeleteFunc(slices.Clone(all), func(h heard) bool { return h.uid != uid || h.Carrier == "krb" }))
	}
	return all
}

func ofKerberos(r *kerberos.Record) heard {
	if r.Mechanism == "" {
		user := r.Client[:max(strings.LastIndexByte(r.Client, '/'), 0)]
		h := heard{logon: logon{Kind: strings.ToLower(r.RequestType), Carrier: "krb", User: user, Realm: r.Realm, Service: r.Service, Etype: r.Cipher}}
		if r.Success.V {
			h.Outcome = "granted"
		} else if r.ErrorCode.OK {
			h.code = strconv.FormatUint(uint64(r.ErrorCode.V), 10)
		}
		return h
	}
	at := strings.LastIndexByte(r.Ticket, '/')
	return heard{logon: logon{Kind: "ap", Service: r.Ticket[:at], Realm: r.Ticket[at+1:], Outcome: outcome(r.Accepted)}}
}

func outcome(b event.Bool) string {
	switch {
	case !b.OK:
		return "unknown"
	case b.V:
		return "granted"
	}
	return "refused"
}

// carrier names the protocol around, by what else is told of the conversation.
func carrier(said []event.Payload) (name string) {
	for _, p := range said {
		switch b := p.(type) {
		case *smb.Record:
			if b.Version == "SMB1" {
				return "smb1"
			}
			return "smb2"
		case *dcerpc.Record:
			name = "rpc"
		case *ldap.Operation:
			name = "ldap"
		case *http.Exchange:
			name = "http"
		case *smtp.Message:
			name = "smtp"
		}
	}
	return name
}

// agrees compares a log-in of the truth with one of ours. Who shows a ticket stands in
// its encrypted part, so the account of such a one is not compared.
func agrees(w *logon, h *heard) bool {
	same := func(want, got string) bool { return want == "" || want == got }
	refused := h.Outcome == "refused" && w.Outcome != "granted"
	if code := refusals[w.Outcome]; h.Carrier == "krb" && code != "" {
		refused = h.code == code
	}
	etype := w.Etype
	if etype == "arcfour-hmac" { // as the centre writes it
		etype = "rc4-hmac"
	}
	return w.Kind == h.Kind && w.Carrier == h.Carrier && w.Client == h.Client && w.Server == h.Server && w.Proto == h.Proto &&
		(w.Kind == "ap" || w.User == h.User) && same(w.Domain, h.Domain) && same(w.Workstation, h.Workstation) &&
		w.Realm == h.Realm && w.Service == h.Service && same(etype, h.Etype) && (refused || w.Outcome == h.Outcome)
}

// agreed holds the log-ins of a conversation against what its carrier tells of them.
func agreed(t *testing.T, lab string, said []event.Payload, inside []heard) {
	if len(inside) == 0 {
		return
	}
	granted, refused := 0, 0
	for _, h := range inside {
		switch h.Outcome {
		case "granted":
			granted++
		case "refused":
			refused++
		default:
			t.Errorf("%s: a log-in by %s without outcome", lab, h.Carrier)
		}
	}
	yes, no, bound := 0, 0, 0
	for _, p := range said {
		switch b := p.(type) {
		case *smb.Record:
			yes, no = int(b.Granted), int(b.Refused)
		case *ldap.Operation:
			if strings.HasPrefix(b.Opcode, "bind") && b.Result == "success" {
				yes++
			} else if strings.HasPrefix(b.Opcode, "bind") && b.Result != "SASL bind in progress" {
				no++
			}
		case *http.Exchange:
			if b.Status.V < 300 {
				yes++
			} else if b.Status.V == 401 {
				no++
			}
		case *smtp.Message:
			if b.AuthDone == "granted" {
				yes++
			} else if b.AuthDone == "refused" {
				no++
			}
		case *dcerpc.Record:
			if b.Auth != "" { // one bind of each conversation, and none refused
				bound = 1
			}
		}
	}
	yes += bound
	// The first answer of a web server to who does not say who he is refuses, too.
	if inside[0].Carrier == "http" {
		no = min(no, refused)
	}
	if granted != yes || refused != no {
		t.Errorf("%s: %s tells %d granted and %d refused, the log-ins inside %d and %d", lab, inside[0].Carrier, yes, no, granted, refused)
	}
}
