package dicom

import (
	"testing"

	"lazaret/internal/prototest"
)

func TestGolden(t *testing.T) {
	prototest.Golden(t, &Spec, "dicom-store", "dicom-query", "dicom-workflow", "dicom-syntaxes", "offload")
}

func TestStreamStore(t *testing.T)    { prototest.Stream(t, &Spec, "dicom-store") }
func TestStreamQuery(t *testing.T)    { prototest.Stream(t, &Spec, "dicom-query") }
func TestStreamWorkflow(t *testing.T) { prototest.Stream(t, &Spec, "dicom-workflow") }

func FuzzConversation(f *testing.F) { prototest.FuzzStream(f, &Spec, "dicom-query") }
