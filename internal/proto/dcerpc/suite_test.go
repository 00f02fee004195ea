package dcerpc

import (
	"slices"
	"strings"
	"testing"

	"lazaret/internal/ndr"
	"lazaret/internal/proto"
	"lazaret/internal/proto/gssapi"
	"lazaret/internal/proto/ntlm"
	"lazaret/internal/proto/smb"
	"lazaret/internal/prototest"
)

// spoken are conversations over TCP that the tests write.
func spoken() []*prototest.Talk {
	var out []*prototest.Talk
	mapper := (&talk{}).bind(uuidOf("epmapper"), 3)
	tower := towerOf(uuidOf("svcctl"), 135, [4]byte{})
	mapper.ask(3, 0, mapper.stub().null().ref().bytes(tower).align(4).handle(0).u32(4))
	sealed := (&talk{auth: security{authNTLM, levelPrivacy}}).bind(uuidOf("drsuapi"), 4)
	sealed.ask(3, 40, sealed.stub().handle(1)).answer(0, sealed.stub().u32(0))
	for _, t := range []*talk{services(form{}, 0), services(form{big: true}, 60), services(form{wide: true}, 0), mapper, sealed} {
		c := prototest.Dialogue(135)
		c.Said = t.said
		out = append(out, c)
	}
	return out
}

// The lab's calls go over pipes and TCP.
const lab = "rpc"

// TestGolden has who reads the tokens beside it, for the accounts.
func TestGolden(t *testing.T) {
	prototest.Through(t, &Spec, []*proto.Spec{&smb.Spec, &gssapi.Spec, &ntlm.Spec}, lab)
}
func TestCuts(t *testing.T) { prototest.CarriedCuts(t, &Spec, &smb.Spec, lab, 20) }
func TestLeaks(t *testing.T) {
	prototest.CarriedLeaks(t, &Spec, &smb.Spec, lab, []string{"LZpw-Domain-5150", "LZPW-service-8841", "LZPW-transfer-2093", "LZPW-operator-5512", "LZPW-reader-7730"})
}

func TestConversations(t *testing.T) { prototest.Spoken(t, &Spec, spoken()...) }

func FuzzStream(f *testing.F) { prototest.FuzzSpoken(f, &Spec, spoken()...) }

func FuzzPackets(f *testing.F) {
	prototest.FuzzPackets(f, &Spec, datagram(dgRequest, false, 2, make([]byte, 20)), datagram(dgResponse, true, 2, make([]byte, 8)))
}

// FuzzStubs gives any bytes to each decoder as a request and as an answer.
func FuzzStubs(f *testing.F) {
	for i, c := range services(form{}, 0).said[2:] {
		f.Add(uint16(i), uint8(0), c.Data[24:], c.Data[24:])
	}
	f.Add(uint16(40), uint8(1), properties(uuidOf("wmi")), towerOf(uuidOf("wmi"), 135, [4]byte{1, 2, 3, 4}))
	for opnum, ask := range map[uint16]func(*stub){14: func(s *stub) { orpc(s); carry(s, object("X", "Name", "a", "N", 1)) }, 24: execute("X", "Y", object("X", "CommandLine", "a"))} {
		s := &stub{}
		ask(s)
		f.Add(opnum, uint8(0), s.b, s.b)
	}
	var all []decoder
	for _, x := range []string{"svcctl", "atsvc", "ITaskSchedulerService", "winreg", "srvsvc", "wkssvc", "samr", "lsarpc", "netlogon", "epmapper", "spoolss",
		"IRemoteSCMActivator", "IActivation", "IWbemServices", "IWbemLevel1Login", "IRemoteWinspool"} {
		for n := range uint16(80) {
			if d, ok := decoders[x][n]; ok {
				all = append(all, d)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which uint16, kind uint8, ask, answer []byte) {
		fl := prototest.NewFlow()
		a := newAnalyzer(fl).(*analyzer)
		c := call{rec: &Record{}, how: all[int(which)%len(all)], big: kind&1 != 0, wide: kind&2 != 0}
		if c.how.ask != nil {
			a.ask(&c, ask)
		}
		if c.how.answer != nil {
			a.answer(&c, answer)
		}
		r := c.rec
		for _, s := range append([]string{r.Target, r.Command, r.Display, r.Detail, r.Account, r.Server}, append(append(r.Names, r.Answers...), append(r.Arguments, r.Value)...)...) {
			if len(s) > 8*ndr.MaxText {
				t.Errorf("%d bytes of text", len(s))
			}
		}
		if len(r.Names) > maxNames || len(r.Answers) > maxNames || len(r.Arguments) > maxArguments || len(a.handles) > maxHandles {
			t.Errorf("%d names, %d answers, %d handles", len(r.Names), len(r.Answers), len(a.handles))
		}
	})
}

// TestShared reads captures of others; what they tell was read with tshark too.
func TestShared(t *testing.T) {
	for name, want := range map[string][]string{
		"05-dcerpc/zeek__dce-rpc__kerberos135_auth.pcapng": {`"operation":"RemoteCreateInstance"`, `"outcome":"accepted"`, `"target":"WbemLevel1Login"`, `"auth_level":"connect"`},
		"05-dcerpc/scapy__dcerpc_privacy_ntlm.pcapng.gz": {`"operation":"ept_map"`, `"target":"svcctl"`, `"answers":["tcp 192.168.0.100:49679"]`,
			`"operation":"OpenSCManager2","uuid":"367abb81-9844-35f1-ad32-98f038001003","version":"2.0","opnum":64,"call_id":2,"outcome":"failed","status":"nca_op_rng_error","auth":"ntlm","auth_level":"privacy","closed":true`},
		"05-dcerpc/suricata-verify__dcerpc__dcerpc-dce-iface-many.pcap": {`"operation":"NetrServerAuthenticate2"`, `"outcome":"refused","status":"ACCESS_DENIED"`, `"target":"dc01","detail":"channel server","account":"dc01$","server":"dc01.cylera.lab"`},
		"05-dcerpc/scapy__dcerpc_msnrpc.pcapng.gz":                      {`"operation":"NetrServerAuthenticate3"`, `"answers":["tcp 192.168.122.17:49676","tcp 192.168.122.17:49667"]`},
		"23-tcp-weird/suricata-verify__dcerpc__dce-gap-handling.pcap":   {`"endpoint":"samr","operation":"SamrConnect"`, `"auth_level":"integrity"`},
		"05-dcerpc/suricata-verify__dcerpc__dcerpc-udp-scapy.pcap":      {`"endpoint":"unknown-8f8ab437-0c52-4b49-a2ae-33aa20bc561f","operation":"unknown-0"`},
	} {
		t.Run(name, func(t *testing.T) {
			records, _ := prototest.Run(t, prototest.Load(t, prototest.Shared(t, "pcaps/"+name)), &Spec, &gssapi.Spec, &ntlm.Spec)
			got := prototest.JSON(records, &Spec)
			for _, w := range want {
				if !strings.Contains(got, w) {
					t.Errorf("no %s in %s", w, got)
				}
			}
		})
	}
}

// TestCalls holds that a call costs little but its record.
func TestAllocs(t *testing.T) {
	a, ask, answer := bound()
	f := a.f.(*prototest.Flow)
	n := testing.AllocsPerRun(1000, func() {
		f.Records = f.Records[:0]
		a.Parse(proto.Orig, ask)
		a.Parse(proto.Resp, answer)
	})
	if n > 6 {
		t.Errorf("%v allocations a call", n)
	}
}

// bound is an association and one call of it.
func bound() (a *analyzer, ask, answer []byte) {
	c := (&talk{}).bind(uuidOf("samr"), 1)
	a = newAnalyzer(prototest.NewFlow()).(*analyzer)
	for _, s := range c.said {
		a.Parse(s.Dir, s.Data)
	}
	c.ask(34, 0, c.stub().handle(2).u32(1).u32(500)).answer(0, c.stub().handle(3).u32(0))
	return a, slices.Clone(c.said[2].Data), slices.Clone(c.said[3].Data)
}

func BenchmarkCall(b *testing.B) {
	a, ask, answer := bound()
	f := a.f.(*prototest.Flow)
	b.ReportAllocs()
	for b.Loop() {
		f.Records = f.Records[:0]
		a.Parse(proto.Orig, ask)
		a.Parse(proto.Resp, answer)
	}
}

func BenchmarkCreateService(b *testing.B) {
	c := services(form{}, 0)
	a := newAnalyzer(prototest.NewFlow()).(*analyzer)
	f := a.f.(*prototest.Flow)
	for _, s := range c.said[:2] {
		a.Parse(s.Dir, s.Data)
	}
	b.ReportAllocs()
	for b.Loop() {
		f.Records = f.Records[:0]
		a.Parse(c.said[4].Dir, c.said[4].Data)
		a.Parse(c.said[5].Dir, c.said[5].Data)
	}
}

func BenchmarkProbe(b *testing.B) {
	x := []byte("GET / HTTP/1.1\r\nHost: pacs\r\n\r\n")
	for b.Loop() {
		probe(proto.Orig, x)
	}
}

// TestCallers holds that calls over pipes bear the account of the session, and those over
// TCP that of the bind, once it was granted.
func TestCallers(t *testing.T) {
	records, _ := prototest.Run(t, prototest.Load(t, prototest.Lab+"/rpc.pcap.zst"), &Spec, &smb.Spec, &gssapi.Spec, &ntlm.Spec)
	callers := map[string]int{}
	for _, r := range records {
		if c, ok := r.Body.(*Record); ok {
			callers[c.User]++
			if c.User == "" && (c.Auth != "" || r.Conn.Resp.Port == 445) {
				t.Errorf("nobody calls %s over %v", c.Endpoint, r.Conn.Resp)
			}
		}
	}
	for _, user := range []string{`lazarus\lzsvcvendor`, `lazarus\lztransfer`, `lazad\administrator`} {
		if callers[user] == 0 {
			t.Errorf("%s does not call: %v", user, callers)
		}
	}
}
