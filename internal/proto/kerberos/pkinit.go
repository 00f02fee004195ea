package kerberos

import (
	"bytes"

	"lazaret/internal/der"
)

// tagImplicit is a first field that is an octet string under a number of its own.
const tagImplicit = 0x80

// maxCertificates is how many of the certificates that come with a signature are
// looked at.
const maxCertificates = 8

// clientSigned finds what the client signs in PA-PK-AS-REQ (RFC 4556 3.2.1; the older
// kind, which Windows 2000 to 2003 send, has no octet string around it).
func clientSigned(b []byte) string {
	out := der.NewReader(b)
	in := der.NewReader(out.Want(der.Sequence))
	if tag, body := in.Next(); tag == tagImplicit || tag == 0xa0 {
		return signer(body)
	}
	return ""
}

// centreSigned finds what the centre signs in PA-PK-AS-REP (RFC 4556 3.2.3), if keys
// are agreed on; otherwise its certificate is inside what is encrypted.
func centreSigned(b []byte) string {
	out := der.NewReader(b)
	body := out.Want(0xa0)
	peek := der.NewReader(body)
	in := der.NewReader(peek.Want(der.Sequence))
	if in.Peek() == der.ObjectID { // the older kind
		return signer(body)
	}
	return signer(in.Want(tagImplicit))
}

// signer gives the subject of the certificate that signed, out of the certificates in
// SignedData (RFC 5652 5.1): the one that the signature names by issuer and number,
// else the first.
func signer(b []byte) string {
	out := der.NewReader(b)
	info := der.NewReader(out.Want(der.Sequence))
	info.Want(der.ObjectID)
	inner := der.NewReader(info.Want(0xa0))
	data := der.NewReader(inner.Want(der.Sequence))
	data.Want(der.Int)
	data.Want(der.Set)
	data.Want(der.Sequence)
	list, ok := data.Maybe(0xa0)
	if !ok {
		return ""
	}
	data.Maybe(0xa1) // revocations
	infos := der.NewReader(data.Want(der.Set))
	first := der.NewReader(infos.Want(der.Sequence))
	first.Want(der.Int)
	named := first.Want(der.Sequence) // issuer and number
	var subject []byte
	certificates := der.NewReader(list)
	for i := 0; i < maxCertificates && certificates.Len() > 0; i++ {
		who, issued := certificate(certificates.Want(der.Sequence))
		if i == 0 || len(named) > 0 && bytes.Equal(issued, named) {
			subject = who
		}
	}
	text, _ := der.Name(subject, nil)
	return cut(text)
}

// certificate gives the subject of a certificate, and its issuer and number as
// SignerInfo has them (RFC 5280 4.1, RFC 5652 10.2.4).
func certificate(b []byte) (subject, issued []byte) {
	out := der.NewReader(b)
	in := der.NewReader(out.Want(der.Sequence))
	in.Maybe(0xa0) // version
	number := in.Whole()
	in.Want(der.Sequence) // algorithm of the signature
	issuer := in.Whole()
	in.Want(der.Sequence) // validity
	subject = in.Want(der.Sequence)
	if !in.OK() {
		return nil, nil
	}
	return subject, append(bytes.Clone(issuer), number...)
}
