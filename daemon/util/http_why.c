// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The reason why a request failed, in words that an operator can act upon.
 * libcurl's own text is used where it is more exact than its code. Some of it
 * comes from the server (a certificate's name), so only printable characters of
 * it are taken.
 */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>

#include "http_priv.h"

/* GnuTLS's error (less than 0), or flags: what is wrong with the certificate. */
static long verify_result(CURL *easy)
{
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
	long result = 0;

	if (!info->ssl_version || strncmp(info->ssl_version, "GnuTLS/", 7))
		return 0;
	curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &result);
	return result;
}

static const char *certificate_why(CURL *easy, const char *detail)
{
	static const struct {
		long flag;
		const char *text;
	} flags[] = {
		{ GNUTLS_CERT_REVOKED, "its certificate was revoked" },
		{ GNUTLS_CERT_EXPIRED,
		  "its certificate has expired: renew it there, or set the clock here" },
		{ GNUTLS_CERT_NOT_ACTIVATED,
		  "its certificate is not valid yet: check the clocks there and here" },
		{ GNUTLS_CERT_SIGNER_NOT_FOUND,
		  "its certificate comes from a CA that is not trusted here: check the ca file" },
		{ GNUTLS_CERT_SIGNER_NOT_CA,
		  "its certificate comes from one that is no CA" },
		{ GNUTLS_CERT_INSECURE_ALGORITHM,
		  "its certificate is signed with an insecure algorithm" },
	};
	long result = verify_result(easy);
	size_t i;

	for (i = 0; result > 0 && i < sizeof(flags) / sizeof(flags[0]); i++)
		if (result & flags[i].flag)
			return flags[i].text;
	if (strstr(detail, "does not match"))
		return "its certificate is for another name: the URL must name the host as its certificate does";
	return detail;
}

/* "GnuTLS, handshake failed: what", "gnutls_handshake() failed: what" */
static const char *handshake_why(const char *detail)
{
	const char *colon = strstr(detail, "failed: ");

	return colon ? colon + strlen("failed: ") : detail;
}

/* libcurl has a code for it, which its GnuTLS half does not use. */
static bool is_our_file(const char *detail)
{
	return strstr(detail, "error reading X.509");
}

/* The server may have put anything into a name. */
static void copy_printable(char *why, size_t size, const char *text)
{
	size_t i;

	for (i = 0; text[i] && i < size - 1; i++)
		why[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	while (i && why[i - 1] == '.')
		i--;
	why[i] = '\0';
	/* strerror() begins with a capital, abbreviations with two */
	if (why[0] >= 'A' && why[0] <= 'Z' && why[1] >= 'a' && why[1] <= 'z')
		why[0] |= 0x20;
}

static const char *tls_why(CURL *easy, CURLcode result, const char *detail,
			   char *buffer, size_t size)
{
	switch (result) {
	case CURLE_PEER_FAILED_VERIFICATION:
		return certificate_why(easy, detail);
	case CURLE_SSL_CONNECT_ERROR:
		snprintf(buffer, size, "%s: %s", is_our_file(detail) ?
			 "our certificate or its key cannot be used" : "no TLS",
			 handshake_why(detail));
		return buffer;
	case CURLE_SSL_CACERT_BADFILE:
		snprintf(buffer, size, "the ca file cannot be used: %s",
			 verify_result(easy) < 0 ?
			 gnutls_strerror((int)verify_result(easy)) : detail);
		return buffer;
	case CURLE_SSL_CERTPROBLEM:
		snprintf(buffer, size, "our certificate or its key cannot be used: %s",
			 detail);
		return buffer;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		return detail;
	default:
		return "";
	}
}

/**
 * http_why - the reason why a request failed
 * @offline: it never reached the server
 * @detail: what libcurl wrote into the request's error buffer
 */
void http_why(CURL *easy, CURLcode result, bool offline, const char *detail,
	      char *why, size_t size)
{
	char buffer[CURL_ERROR_SIZE + 64];
	const char *text = tls_why(easy, result, detail, buffer,
				   sizeof(buffer));
	long error = 0;

	curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
	if (!*text)
		text = curl_easy_strerror(result);
	if (result == CURLE_COULDNT_CONNECT && error)
		text = strerror((int)error);
	else if (result == CURLE_COULDNT_RESOLVE_HOST)
		text = "its name cannot be resolved";
	else if (result == CURLE_GOT_NOTHING)
		text = "connection closed without an answer";
	else if (result == CURLE_UNSUPPORTED_PROTOCOL && !offline)
		text = "what it answers is no HTTP";
	else if (result == CURLE_WRITE_ERROR)
		text = "answer too large";
	else if (result == CURLE_OPERATION_TIMEDOUT && offline)
		text = "no connection in time";
	else if (result == CURLE_OPERATION_TIMEDOUT)
		text = "no answer in time";
	copy_printable(why, size, text);
}
