# The product in a container: the locked packages, Debian's PDF libraries with a Chinese font, an ordinary user, no secrets.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MANIFEST_STATIC=1 MEDIA_ROOT=/data/media MAIL_FILE_PATH=/data/mail

RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-wqy-microhei \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home evenhand \
 && install -d -o evenhand -g evenhand -m 0700 /data/media /data/mail /data/beat

WORKDIR /app
COPY requirements/base.lock requirements/base.lock
RUN pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r requirements/base.lock

COPY . .
# Neither command touches a database; the key exists only while they run.
RUN SECRET_KEY=building python manage.py messages --compile && SECRET_KEY=building python manage.py collectstatic --noinput

USER evenhand
EXPOSE 8000
# The header stands for the proxy in front, without which HTTPS=1 would answer with a redirect.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 CMD ["python", "-c", "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/healthz', headers={'X-Forwarded-Proto': 'https'}), timeout=4)"]
# Its port must be reachable by the proxy alone (docker-compose.yml binds it to 127.0.0.1): whoever speaks to it is believed about
# X-Forwarded-Proto and X-Forwarded-For. Without this HTTPS=1 redirects to itself, and all visitors share one limit on log-ins.
CMD ["python", "-m", "waitress", "--listen=0.0.0.0:8000", "--threads=8", "--connection-limit=1000", "--asyncore-use-poll", "--channel-timeout=60", "--no-clear-untrusted-proxy-headers", "barter.wsgi:application"]
