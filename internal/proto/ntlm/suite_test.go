package ntlm

import (
	"path/filepath"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/gssapi"
	"lazaret/internal/proto/http"
	"lazaret/internal/proto/ldap"
	"lazaret/internal/proto/smb"
	"lazaret/internal/proto/smtp"
	"lazaret/internal/prototest"
)

// carriers is all that carries NTLM in the lab, most of it inside SPNEGO.
func carriers() []*proto.Spec {
	return []*proto.Spec{&gssapi.Spec, &smb.Spec, &dcerpc.Spec, &ldap.Spec, &http.Spec, &smtp.Spec}
}

// Log-ins to web, mail and directory; to file servers; and to procedures over TCP.
var labs = []string{"kerberos", "smb", "rpc"}

func TestGolden(t *testing.T) { prototest.Through(t, &Spec, carriers(), labs...) }

// Accounts stand in fields of class person alone; secrets, and what answers a
// challenge, nowhere. The carriers are held to this by their own tests.
func TestCanaries(t *testing.T) {
	for _, name := range labs {
		prototest.CanariesThrough(t, []*proto.Spec{&Spec, &gssapi.Spec, &smb.Spec, &dcerpc.Spec}, name, "user", "patient-name", "patient-id", "file-name")
	}
}

// However a conversation is cut, the same log-ins are told.
func TestCuts(t *testing.T) {
	for name, least := range map[string]int{"kerberos": 5, "rpc": 4} {
		cut := 0
		for _, c := range prototest.Talks(t, prototest.Load(t, filepath.Join(prototest.Lab, name+".pcap.zst"))) {
			specs := append([]*proto.Spec{&Spec}, carriers()...)
			if c.Resp.Port == 445 || c.Size() > 24<<10 {
				continue // the shares of the lab move files, which takes long in pieces
			}
			records, _ := prototest.Run(t, c.Frames(nil), specs...)
			want := prototest.Still(prototest.JSON(records, &Spec))
			if want == "" {
				continue
			}
			cut++
			for _, sizes := range [][]int{{1}, {7}, {3, 100, 1}} {
				records, _ := prototest.Run(t, c.Frames(sizes), specs...)
				if got := prototest.Still(prototest.JSON(records, &Spec)); got != want {
					t.Errorf("%s in pieces of %v:\n got %s\nwant %s", name, sizes, got, want)
				}
			}
		}
		if cut < least {
			t.Errorf("%s: %d conversations", name, cut)
		}
	}
}
