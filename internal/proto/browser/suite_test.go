package browser

import (
	"testing"

	"lazaret/internal/prototest"
)

const lab = "windows"

func TestGolden(t *testing.T)    { prototest.Golden(t, &Spec, lab) }
func TestDatagrams(t *testing.T) { prototest.Datagrams(t, &Spec, lab) }

func TestCanaries(t *testing.T) { prototest.Canaries(t, &Spec, lab, "user") }
