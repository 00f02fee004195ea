package smb

import (
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/proto/gssapi"
	"lazaret/internal/proto/ntlm"
	"lazaret/internal/prototest"
)

const lab = "windows"

// TestGolden has who reads the tokens beside it, for the accounts.
func TestGolden(t *testing.T) {
	prototest.Through(t, &Spec, []*proto.Spec{&gssapi.Spec, &ntlm.Spec}, lab, "smb")
}

func TestConversations(t *testing.T) {
	prototest.Stream(t, &Spec, lab)
	prototest.Stream(t, &Spec, "smb")
}

func FuzzStream(f *testing.F) { prototest.FuzzStream(f, &Spec, "smb") }

// TestChain holds that tokens and verdicts reach NTLM through both wrappings.
func TestChain(t *testing.T) {
	list := prototest.Load(t, prototest.Lab+"/"+lab+".pcap.zst")
	records, _ := prototest.Run(t, list, &Spec, &gssapi.Spec, &ntlm.Spec)
	granted, refused := 0, 0
	for _, r := range records {
		if n, ok := r.Body.(*ntlm.Record); ok {
			if !n.Success.OK || n.Hostname == "" || n.ServerNBName == "" || n.Response == "" {
				t.Errorf("poor record %+v", n)
			}
			if n.Success.V {
				granted++
			} else {
				refused++
			}
		}
	}
	if granted != 7 || refused != 1 {
		t.Errorf("%d granted, %d refused", granted, refused)
	}
}

func TestCanaries(t *testing.T) {
	prototest.Canaries(t, &Spec, lab, "user")
	prototest.Canaries(t, &Spec, "smb", "user")
}
