package syslog

import (
	"testing"

	"lazaret/internal/prototest"
)

func TestGolden(t *testing.T)    { prototest.Golden(t, &Spec, "manage") }
func TestDatagrams(t *testing.T) { prototest.Datagrams(t, &Spec, "manage") }

func TestConversations(t *testing.T) { prototest.Stream(t, &Spec, "manage") }

func TestCanaries(t *testing.T) {
	prototest.Canaries(t, &Spec, "manage", "person-name", "user")
}
