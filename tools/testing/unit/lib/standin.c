// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <curl/curl.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "standin.h"

const char *standin_program(void)
{
	const char *program = getenv("OFMF_STANDIN");

	return program && !access(program, X_OK) ? program : NULL;
}

static void standin_exec(const struct standin *standin, int out)
{
	char listen[32];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(listen, sizeof(listen), "127.0.0.1:%d", standin->port);
	dup2(out, STDOUT_FILENO);
	execl(standin_program(), "ofmf-standin", "-q", "-l", listen,
	      standin->conformant ? "-c" : NULL, NULL);
	_exit(127);
}

void standin_start(struct standin *standin)
{
	char line[128] = "";
	const char *port;
	int fds[2];
	FILE *in;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	standin->pid = fork();
	if (!standin->pid)
		standin_exec(standin, fds[1]);
	close(fds[1]);
	in = fdopen(fds[0], "r");
	assert_non_null(fgets(line, sizeof(line), in));
	port = strrchr(line, ':');
	assert_non_null(port);
	standin->port = atoi(port + 1);
	fclose(in);
	snprintf(standin->url, sizeof(standin->url), "http://127.0.0.1:%d", standin->port);
}

void standin_stop(struct standin *standin)
{
	if (standin->pid > 0) {
		kill(standin->pid, SIGKILL);
		waitpid(standin->pid, NULL, 0);
	}
	standin->pid = 0;
}

static size_t on_data(char *data, size_t size, size_t n, void *ctx)
{
	return fwrite(data, 1, n, ctx);
}

char *standin_text(const struct standin *standin, const char *method,
		   const char *path, const char *body)
{
	struct curl_slist *headers = NULL;
	CURL *easy = curl_easy_init();
	char url[256], *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	snprintf(url, sizeof(url), "%s%s", standin->url, path);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, 5L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, out);
	if (body) {
		headers = curl_slist_append(NULL,
					    "Content-Type: application/json");
		curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	}
	curl_easy_perform(easy);
	curl_easy_cleanup(easy);
	curl_slist_free_all(headers);
	fclose(out);
	return text;
}

json_t *standin_send(const struct standin *standin, const char *method,
		     const char *path, const char *body)
{
	char *text = standin_text(standin, method, path, body);
	json_t *json = json_loads(text, 0, NULL);

	free(text);
	return json;
}

json_t *standin_ask(const struct standin *standin, const char *method,
		    const char *path)
{
	return standin_send(standin, method, path,
			    strcmp(method, "POST") ? NULL : "");
}

void standin_wipe(const struct standin *standin)
{
	json_decref(standin_ask(standin, "POST", "/ResetResources"));
}
