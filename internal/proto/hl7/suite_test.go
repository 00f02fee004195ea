package hl7

import (
	"testing"

	"lazaret/internal/prototest"
)

func TestGolden(t *testing.T) { prototest.Golden(t, &Spec, "hl7") }
func TestStream(t *testing.T) { prototest.Stream(t, &Spec, "hl7") }

func FuzzConversation(f *testing.F) { prototest.FuzzStream(f, &Spec, "hl7") }
