package rdp

import (
	"testing"

	"lazaret/internal/prototest"
)

const lab = "windows"

func TestGolden(t *testing.T)        { prototest.Golden(t, &Spec, lab) }
func TestConversations(t *testing.T) { prototest.Stream(t, &Spec, lab) }

func FuzzStream(f *testing.F) { prototest.FuzzStream(f, &Spec, lab) }

func TestCanaries(t *testing.T) { prototest.Canaries(t, &Spec, lab, "user") }
