package dns

import (
	"testing"

	"lazaret/internal/prototest"
)

func TestGolden(t *testing.T) { prototest.Golden(t, &Spec, "dhcp-dns", "manage") }
func TestDatagrams(t *testing.T) {
	prototest.Datagrams(t, &Spec, "dhcp-dns")
	prototest.Datagrams(t, &Spec, "manage")
}

func TestConversations(t *testing.T) { prototest.Stream(t, &Spec, "dhcp-dns") }
